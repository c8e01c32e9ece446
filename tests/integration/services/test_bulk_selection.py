"""Bulk edits of images selected one by one, and their flips tree by tree."""

from __future__ import annotations

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadInput
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.delta import IndexChanges
from smashpass.services.tagging import bulk
from smashpass.services.vocabulary.preview import flips_by
from tests.support.libraries import fill


def test_selected_images_are_those_that_can_be_seen(installation: Installation) -> None:
    fill(installation)
    index = installation.library.index
    chosen = [Ordinal(1), Ordinal(2), Ordinal(7), Ordinal(999)]
    effect = bulk.preview(index, "beard", ["never_seen"], [], (), None, chosen)
    assert effect.matched == effect.changed == ImageSet([1, 2])  # 7 is hidden, 999 is none
    with pytest.raises(BadInput, match="are selected"):
        bulk.selected(index, "", None, [Ordinal(n) for n in range(bulk.MOST_CHOSEN + 1)])


def test_the_most_telling_tags_leave_out_those_of_all(installation: Installation) -> None:
    fill(installation)
    index = installation.library.index
    names = index.vocabulary.names
    for name in ("beard", "glasses"):
        images = index.having(index.vocabulary.find(name))
        rows = bulk.telling_tags(index, images, [], 100)
        expected = {
            tag: both
            for tag in range(1, len(names))
            if tag not in index.vocabulary.aliases
            and 0 < (both := len(images & index.having(tag))) < len(images)
        }
        assert {row.tag: row.both for row in rows} == expected
        cosines = [row.cosine for row in rows]
        assert cosines == sorted(cosines, reverse=True)


def test_flips_among_the_changed_images_are_those_of_the_library(parts) -> None:
    index = parts.library.index
    flipped = 0
    for name in ("hair:blonde", "beard", "glasses"):
        tag = index.vocabulary.find(name)
        had = index.parts.postings[tag] & index.live
        for changes in (
            IndexChanges(tagged={tag: index.live - had}),
            IndexChanges(untagged={tag: had}),
        ):
            after = index.with_changes(changes, index.version)
            (changed,) = [*changes.tagged.values(), *changes.untagged.values()]
            for tree in parts.rules.book.trees.values():
                flips = flips_by(tree, index, after, changed)
                assert flips == flips_by(tree, index, after)
                flipped += len(flips[0]) + len(flips[1])
    assert flipped
