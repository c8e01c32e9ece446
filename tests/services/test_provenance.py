"""How images came by their tags: told exactly, searched by, kept in snapshots."""

from __future__ import annotations

import pytest

from smashpass.bootstrap import Installation
from smashpass.core.change import WordEdit
from smashpass.core.errors import NotFound
from smashpass.core.imageset import ImageSet
from smashpass.core.index import Index
from smashpass.services.following import build
from smashpass.services.provenance import origins, trace
from smashpass.services.reverting import revert
from smashpass.services.searching import count_matches, search
from smashpass.snapshots.compare import compare
from tests.libraries import fill


def tag(installation: Installation, name: str) -> int:
    found = installation.catalogue.vocabulary().find(name)
    assert found is not None
    return found


def give(installation: Installation, name: str, *images: int, by: str = "ann"):
    return installation.catalogue.apply_tag_edit(
        ImageSet(images), add=[tag(installation, name)], by=by, origin="api"
    )


def by_hand(index: Index) -> list[int]:
    return sorted(search(index, "by:hand").ordinals)


def seen_everywhere(installation: Installation) -> Index:
    """The index followed from the log, after holding it against one built anew and a snapshot."""
    installation.library.refresh()
    followed = installation.library.index
    assert compare(followed, build(installation.catalogue)) == []
    installation.snapshots.save(followed)
    loaded = installation.snapshots.load_newest()
    assert loaded is not None
    assert compare(loaded, followed) == []
    return loaded


@pytest.fixture
def library(installation: Installation) -> Installation:
    fill(installation)
    assert by_hand(installation.library.index) == []
    return installation


def test_images_with_a_tag_given_by_hand_are_found(library):
    give(library, "smile", 1, 2, 6, 7)
    index = seen_everywhere(library)
    # Image 6 had it already, image 7 is hidden.
    assert by_hand(index) == [1, 2]
    assert count_matches(index, "by:hand hair:blonde -glasses") == 1
    assert index.by_hand(tag(library, "smile")) == ImageSet([1, 2])


def test_what_was_taken_back_or_reverted_is_not_by_hand(library):
    first = give(library, "smile", 1, 2)
    smile = tag(library, "smile")
    library.catalogue.apply_tag_edit(ImageSet([2]), remove=[smile], by="bob", origin="api")
    assert by_hand(seen_everywhere(library)) == [1]
    assert first is not None
    revert(library.changes, library.catalogue, first.seq, by="bob")
    assert by_hand(seen_everywhere(library)) == []


def test_each_tag_of_an_image_says_how_it_came(library):
    wish = WordEdit(aliased=(("specs", "glasses"),), implied=(("beard_full", "beard"),))
    library.catalogue.edit_words(wish, by="ann", origin="api")
    give(library, "smile", 3, 4)
    index = seen_everywhere(library)
    assert [origin.as_json() for origin in origins(index, 3)] == [
        {"tag": "beard_full", "by": "import"},
        {"tag": "hair:black", "by": "import"},
        {"tag": "hat:top", "by": "import"},
        {"tag": "smile", "by": "hand"},
        {"tag": "beard", "by": "implied", "via": "beard_full"},
    ]
    assert {"tag": "glasses", "by": "import", "via": "specs"} in [
        origin.as_json() for origin in origins(index, 4)
    ]


def test_a_trace_names_who_and_when_or_run_and_line(library):
    wish = WordEdit(implied=(("beard_full", "beard"),))
    library.catalogue.edit_words(wish, by="ann", origin="api")
    change = give(library, "beard", 3, by="cleo")
    index = seen_everywhere(library)
    assert change is not None
    ways = trace(index, 3, tag(library, "beard"), library.catalogue, library.changes)
    assert ways == [
        {"by": "hand", "who": "cleo", "at": change.at, "change": change.seq},
        {"via": "beard_full", "by": "import", "runs": [1], "line": 3},
    ]
    with pytest.raises(NotFound, match="does not have"):
        trace(index, 5, tag(library, "beard"), library.catalogue, library.changes)


def test_the_tag_of_that_name_needs_quotes(library):
    library.catalogue.create_tags(["by:hand", "by:ann"], by="ann", origin="api")
    give(library, "by:hand", 5)
    give(library, "by:ann", 5, 1)
    index = seen_everywhere(library)
    assert count_matches(index, '"by:hand"') == 1
    assert count_matches(index, "by:ann") == 2
    assert by_hand(index) == [1, 5]
