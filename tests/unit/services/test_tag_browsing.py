"""Leafing through the vocabulary: every tag once, in the order wished for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.library.stored import Tag
from smashpass.core.tags.names import TagId
from smashpass.services.vocabulary.browse import PAGE, browse, missing_implications, neighbours
from smashpass.services.vocabulary.complete import Completion
from tests.support.builders import TAGS, a_library, libraries


class Texts:
    """Categories by name."""

    def __init__(self, vocabulary, categories=None):
        self.rows = [
            Tag(TagId(number), name, category=(categories or {}).get(name, ""), label=f"L{name}")
            for number, name in enumerate(vocabulary.names)
            if number
        ]

    def tags(self):
        return self.rows


def found(library, categories=None, **wish):
    completion = Completion(Texts(library.vocabulary, categories))
    index = library.index
    return browse(index, completion.ranked(index), completion.texts(index), **wish)


@given(libraries(), st.sampled_from(["", "b", "hair:", "bl", "w", "zzz", "Hair:B"]))
def test_every_tag_that_fits_is_there_once_with_its_count(library, prefix):
    page = found(library, prefix=prefix)
    lowered = prefix.lower()
    expected = {library.canonical(name) for name in library.names if name.startswith(lowered)}
    counts = [tag.count for tag in page.tags]
    assert {tag.name for tag in page.tags} == expected
    assert len(page.tags) == page.total == len(expected)
    assert counts == sorted(counts, reverse=True)
    assert all(tag.count == len(library.having(tag.name)) for tag in page.tags)
    for tag in page.tags:
        spellings = [
            a for a, t in library.aliases.items() if t == tag.name and a.startswith(lowered)
        ]
        assert tag.via == (None if tag.name.startswith(lowered) else min(spellings))


def test_pages_hold_a_hundred_and_end_where_the_tags_end():
    library = a_library(**{f"t{number:03}": range(1, number + 2) for number in range(2 * PAGE + 1)})
    pages = [found(library, page=number) for number in (1, 2, 3, 99, 0, -4)]
    names = [[tag.name for tag in page.tags] for page in pages]
    assert [len(page) for page in names] == [100, 100, 1, 1, 100, 100]
    assert [page.page for page in pages] == [1, 2, 3, 3, 1, 1]
    assert names[0] + names[1] + names[2] == [f"t{number:03}" for number in range(200, -1, -1)]
    assert {page.pages for page in pages} == {3}


@pytest.mark.parametrize(
    ("category", "names"), [("hair", ["blonde", "black"]), ("", ["hat"]), (None, 3), ("nope", [])]
)
def test_a_category_is_chosen(category, names):
    library = a_library(blonde=[1, 2], black=[3], hat=[1])
    page = found(library, {"blonde": "hair", "black": "hair"}, category=category)
    assert page.categories == ("hair",)
    listed = [tag.name for tag in page.tags]
    assert len(listed) == names if isinstance(names, int) else listed == names


@given(libraries(), st.sampled_from(TAGS))
def test_neighbours_are_the_tags_that_share_images(library, name):
    index = library.index
    tag = library.id(name)
    completion = Completion(Texts(library.vocabulary))
    rows = neighbours(index, tag, completion.ranked(index), 50)
    having = library.having(name)
    implied = {library.vocabulary.names[tag_id] for tag_id in library.vocabulary.implied(tag)}
    counts = {
        other: len(having & library.having(other))
        for other in library.names
        if other not in library.aliases and other != name and other not in implied
    }
    shared = {library.vocabulary.names[row.tag]: row.both for row in rows}
    assert shared == {other: count for other, count in counts.items() if count}


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=80))
def test_missing_implications_are_those_of_a_count_by_hand(images):
    library = a_library(
        untagged=range(1, len(images) + 1),
        **{name: [n for n, tags in enumerate(images, 1) if name in tags] for name in "abc"},
    )
    index, vocabulary = library.index, library.vocabulary
    ranked = Completion(Texts(vocabulary)).ranked(index)
    for name in "abc":
        with_it = [tags for tags in images if name in tags]
        expected = {
            other
            for other in "abc"
            if other != name
            and len(with_it) >= 30
            and sum(other in tags for tags in with_it) >= 0.95 * len(with_it)
        }
        missing = missing_implications(index, vocabulary.find(name), ranked, 9)
        assert {vocabulary.names[row.tag] for row in missing} == expected


@pytest.mark.parametrize(("both", "offered"), [(39, ["b"]), (38, ["b"]), (37, [])])
def test_an_implication_is_missing_from_95_percent_on(both, offered):
    library = a_library(a=range(1, 41), b=range(1, both + 1))
    index, vocabulary = library.index, library.vocabulary
    ranked = Completion(Texts(vocabulary)).ranked(index)
    missing = missing_implications(index, vocabulary.find("a"), ranked, 9)
    assert [vocabulary.names[row.tag] for row in missing] == offered


def test_what_is_implied_already_is_not_missing():
    library = a_library(a=range(1, 41), b=range(1, 41), implications=[("a", "b")])
    index, vocabulary = library.index, library.vocabulary
    ranked = Completion(Texts(vocabulary)).ranked(index)
    for name in "ab":
        assert missing_implications(index, vocabulary.find(name), ranked, 9) == []
