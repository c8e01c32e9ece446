"""How images came by their tags: told exactly, searched by, kept in snapshots."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadQuery, NotFound
from smashpass.core.imageset import ImageSet
from smashpass.core.library.credit import ImageRow
from smashpass.core.library.index import Index
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.rulefiles.load import load_texts
from smashpass.services.runtime.library import build
from smashpass.services.search.page import search_page
from smashpass.services.search.search import count_matches
from smashpass.services.tagging.provenance import origins, trace
from smashpass.services.tagging.revert import revert
from smashpass.snapshots.compare import compare
from tests.support.builders import Library, libraries
from tests.support.libraries import OTHER, fill
from tests.support.trees import tree


def tag(installation: Installation, name: str) -> int:
    tag_id = installation.catalogue.vocabulary().find(name)
    assert tag_id is not None
    return tag_id


def give(installation: Installation, name: str, *images: int, by: str = "ann"):
    return installation.catalogue.apply_tag_edit(
        ImageSet(images), add=[tag(installation, name)], by=by, origin="api"
    )


def by_hand(index: Index) -> list[int]:
    return sorted(search_page(index, "by:hand").ordinals)


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
    revert(library.changes, library.catalogue, first.seq, by="bob", origin="test")
    assert by_hand(seen_everywhere(library)) == []


def test_each_tag_of_an_image_says_how_it_came(library):
    wish = VocabularyPlan(aliased=(("specs", "glasses"),), implied=(("beard_full", "beard"),))
    library.catalogue.edit_vocabulary(wish, by="ann", origin="api")
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
    wish = VocabularyPlan(implied=(("beard_full", "beard"),))
    library.catalogue.edit_vocabulary(wish, by="ann", origin="api")
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


def by(index: Index, way: str) -> list[int]:
    return sorted(search_page(index, f"by:{way}").ordinals)


def slowly(installation: Installation, index: Index, way: str) -> list[int]:
    """Image by image, from what is told of each, and from the log."""
    return [
        ordinal
        for ordinal in index.live
        if any(origin.by == way.partition(":")[0] for origin in origins(index, ordinal))
    ]


def test_images_are_found_by_how_their_tags_came(library):
    wish = VocabularyPlan(aliased=(("specs", "glasses"),), implied=(("hat:top", "hat"),))
    library.catalogue.edit_vocabulary(wish, by="ann", origin="api")
    give(library, "smile", 1, 5)
    give(library, "specs", 2, 5)
    beard = tag(library, "beard")
    library.catalogue.apply_tag_edit(ImageSet([1]), remove=[beard], by="bob", origin="api")
    blonde = tag(library, "hair:blonde")
    library.catalogue.apply_tag_edit(ImageSet([1]), remove=[blonde], by="bob", origin="api")
    run = library.runs.start("demo", {})
    rows = [
        ImageRow(key=key, tags=tags, credit=OTHER, line=line)
        for line, (key, tags) in enumerate([("p3", ("hat:top",)), ("new", ("smile",))], 1)
    ]
    library.catalogue.write_rows(run, rows, on_existing="overwrite", position=2)
    library.runs.finish(run)
    index = seen_everywhere(library)
    # Image 1 lost what was imported, image 5 never had a tag of an import.
    assert by(index, "hand") == slowly(library, index, "hand") == [1, 2, 5]
    assert by(index, "import") == slowly(library, index, "import") == [2, 3, 4, 6, 8]
    assert by(index, "implied") == slowly(library, index, "implied") == [3]
    assert by(index, "run:1") == [2, 3, 4, 6]
    assert by(index, "run:2") == [3, 8]
    assert by(index, "run:0002") == [3, 8]
    for run in (1, 2):
        expected = [image for image in by(index, "import") if run in library.changes.runs_of(image)]
        assert by(index, f"run:{run}") == expected
    assert count_matches(index, "by:import -by:hand") == 4


@given(libraries(max_images=12), st.data())
def test_ways_are_those_of_looking_at_each_image(library: Library, data: st.DataObject):
    index = library.index
    given_tags = {}
    for raw, images in index.parts.postings.items():
        given_tags[raw] = ImageSet(data.draw(st.sets(st.sampled_from(sorted(images)))))
    index = Index(1, replace(index.parts, by_hand=given_tags))
    for way in ("hand", "import", "implied"):
        expected = [
            ordinal
            for ordinal in index.live
            if any(origin.by == way for origin in origins(index, ordinal))
        ]
        assert by(index, way) == expected
        assert index.facet_values("by").get(way, 0) == len(expected)


def test_a_way_that_nothing_came_by_is_refused_with_those_there_are(library):
    index = library.library.index
    for text, proposed, position in (
        ("beard by:run:7", ("by:run:1",), 6),
        ("by:hnad", ("by:hand",), 0),
        ("beard -by:imprt", ("by:import",), 7),
        ("by:5", ("by:hand", "by:import", "by:implied"), 0),
    ):
        with pytest.raises(BadQuery) as caught:
            search_page(index, text)
        assert caught.value.suggestions[: len(proposed)] == proposed, text
        assert caught.value.position == position


def test_a_tree_asks_how_tags_came(library):
    give(library, "smile", 1, 5)
    index = seen_everywhere(library)
    text = tree("t", first="{query: 'by:hand by:import -by:run:7'}")
    (loaded,) = load_texts({"trees/t.yaml": text}).trees
    compiled = compile_tree(loaded, index.vocabulary)
    reached = {ordinal: compiled.leaf(index.facts(ordinal)).id for ordinal in index.live}
    assert [ordinal for ordinal, leaf in reached.items() if leaf == "one"] == [1]
    assert compiled.facets == ("by:hand", "by:import", "by:run:7")


def test_the_tag_of_that_name_needs_quotes(library):
    library.catalogue.create_tags(["by:hand", "by:ann"], by="ann", origin="api")
    give(library, "by:hand", 5)
    give(library, "by:ann", 5, 1)
    index = seen_everywhere(library)
    assert count_matches(index, '"by:hand"') == 1
    assert count_matches(index, "by:ann") == 2
    assert by_hand(index) == [1, 5]
