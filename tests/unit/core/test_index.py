"""The index says the same as a library of plain dicts and sets."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import NotFound
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.builder import IndexBuilder
from smashpass.core.library.delta import IndexChanges
from smashpass.core.protection.screening import without
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from tests.support.builders import (
    ATTRIBUTES,
    Library,
    a_library,
    a_score_column,
    an_index,
    libraries,
)


def assert_agrees(library: Library, index) -> None:
    """Ask everything that an index answers, and compare with the plain library."""
    assert set(index.live) == library.live
    vocabulary = index.vocabulary
    for name in library.names:
        tag = library.id(name)
        assert set(index.having(tag)) == library.having(name)
        assert index.count(tag) == len(library.having(name))
    for ordinal in [*library.images, 999_999]:
        image = library.images.get(ordinal)
        own_tags = index.own_tags(Ordinal(ordinal))
        assert own_tags == (frozenset(map(library.id, image.tags)) if image else frozenset())
        if image is None or not image.live:
            with pytest.raises(NotFound):
                index.facts(Ordinal(ordinal))
            continue
        facts = index.facts(Ordinal(ordinal), {"viewer.swipes": 7.0})
        assert {vocabulary.names[tag] for tag in facts.tags} == library.effective(ordinal)
        assert facts.own == own_tags
        assert facts.facet("licence") == (image.licence.casefold() or None)
        assert facts.facet("source") == image.source.casefold()
        assert facts.value("viewer.swipes") == 7.0
        for name in (*ATTRIBUTES, "image.tag_count"):
            assert facts.value(name) == library.value(ordinal, name)
    for name, column in index.parts.columns.items():
        with_value = {o for o in library.images if library.value(o, name) is not None}
        assert set(column.present) == with_value
    for facet in ("licence", "source"):
        values = [getattr(library.images[o], facet).casefold() for o in library.live]
        assert index.facet_values(facet) == {v: values.count(v) for v in set(values) if v}
        for value in set(values) - {""}:
            same = {o for o, v in zip(library.live, values, strict=True) if v == value}
            assert set(index.facet(facet, value.upper())) == same


@given(libraries())
def test_an_index_agrees_with_the_plain_library(library):
    assert_agrees(library, library.index)


@given(libraries(), st.sets(st.integers(0, 13)))
def test_having_any_is_the_union(library, places):
    names = [library.names[place] for place in places]

    images = library.index.having_any(map(library.id, names))

    assert set(images) == set().union(*(library.having(name) for name in names))


def test_a_posting_is_given_out_as_it_is_where_nothing_must_be_united_or_hidden():
    library = a_library(beard=[1, 3], hat=[2])

    tag = library.id("beard")

    assert library.index.having(tag) is library.index.parts.postings[tag]


def test_an_alias_and_an_implying_tag_lead_to_the_images():
    index = an_index(
        beard=[1], whiskers=[2], beard_full=[3], hidden=[3],
        aliases={"whiskers": "beard"}, implications=[("beard_full", "beard")],
    )  # fmt: skip
    vocabulary = index.vocabulary

    assert set(index.having(vocabulary.find("beard"))) == {1, 2}
    assert set(index.having(vocabulary.find("whiskers"))) == {1, 2}


def test_attributes_that_are_no_column_are_asked_for_only_when_read():
    names_read = []
    index = an_index(beard=[1], attributes={"image.width": {1: 512.0}})

    facts = index.facts(Ordinal(1), lambda name: names_read.append(name))

    assert facts.value("image.width") == 512.0
    assert names_read == []
    assert facts.value("plugin.mood") is None
    assert names_read == ["plugin.mood"]


def test_an_empty_library_has_an_index():
    index = IndexBuilder().build(0, Vocabulary.of([]))

    assert not index.live
    assert index.columns() == ("image.tag_count",)
    assert index.facet_values("licence") == {}


def test_ordinals_that_do_not_ascend_are_refused():
    builder = IndexBuilder()
    builder.add(Ordinal(2), [], {})

    with pytest.raises(ValueError, match="ordinal 2 comes after 2"):
        builder.add(Ordinal(2), [], {})


def test_repeated_tags_count_once():
    builder = IndexBuilder()
    builder.add(Ordinal(1), array("I", [2, 1, 2]), {})

    index = builder.build(1, Vocabulary.of(["a", "b"]))

    assert index.own_tags(Ordinal(1)) == {1, 2}
    assert index.column("image.tag_count").value(Ordinal(1)) == 2.0


def test_tag_ids_beyond_two_bytes_widen_the_forward_column():
    builder = IndexBuilder()
    builder.add(Ordinal(1), [TagId(3)], {})
    builder.add(Ordinal(4), [TagId(65_535), TagId(65_536), TagId(1)], {})
    builder.add(Ordinal(5), [TagId(2)], {})

    index = builder.build(1, Vocabulary.of(f"t{n}" for n in range(65_536)))

    expected = {1: {3}, 2: set(), 4: {1, 65_535, 65_536}, 5: {2}, 6: set()}
    assert {o: index.own_tags(Ordinal(o)) for o in expected} == expected


def test_scores_are_columns_that_every_index_of_the_library_keeps():
    index = an_index(cat=[1, 2], dog=[3])
    cat = index.vocabulary.resolve("cat")
    column = a_score_column({1: 0.75, 3: 0.25}, known={1, 2, 3})

    scored = index.with_scores({"plugin.x": column})

    assert index.column("plugin.x") is None
    assert "plugin.x" not in index.columns()
    assert scored.having(cat) is index.having(cat)
    dated, changed = scored.dated(20_000), scored.with_changes(IndexChanges(), 2)
    hidden = without(scored, ImageSet([2]))
    for kept in (scored, dated, changed, hidden):
        assert kept.column("plugin.x") is column
        assert kept.columns()[-1] == "plugin.x"
        assert kept.numbers(Ordinal(1))["plugin.x"] == 0.75
        assert kept.facts(Ordinal(1)).value("plugin.x") == 0.75
        assert kept.facts(Ordinal(1), {"plugin.x": 0.5}).value("plugin.x") == 0.5
    assert "plugin.x" not in scored.numbers(Ordinal(2))
    assert scored.facts(Ordinal(2)).value("plugin.x") is None
    assert set(hidden.having(cat)) == {1}
    assert scored.with_scores({}).column("plugin.x") is None
