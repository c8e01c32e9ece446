"""The comparison of two indexes names each thing that differs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from smashpass.core.library.builder import rebuilt
from smashpass.core.library.index import Index
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.snapshots.compare import compare
from tests.support.builders import a_library, an_index, libraries

BASE = {"beard": [1, 2], "hat": [2], "attributes": {"image.score": {1: 0.5}}}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({**BASE, "hidden": [2]}, "image 2 is live only in the snapshot"),
        ({**BASE, "untagged": [9]}, "image 9 is live only in the database"),
        ({**BASE, "beard": [1]}, "image 2 has tag 1 only in the snapshot"),
        ({**BASE, "hat": [1, 2]}, "image 1 has tag 2 only in the database"),
        (
            {**BASE, "hat": [1, 2]},
            "image 1 has the tags [1] in the snapshot, [1, 2] in the database",
        ),
        (
            {**BASE, "attributes": {"image.score": {1: 0.75}}},
            "image.score of image 1 is 0.5 in the snapshot, 0.75 in the database",
        ),
        ({**BASE, "attributes": {}}, "image 1 has a value of image.score only in the snapshot"),
        ({**BASE, "sources": {1: "other"}}, "image 1 has the source 'other' only in the database"),
        ({**BASE, "cap": [2]}, "the number of tag names differs: 2 in the snapshot, 3 in the"),
        ({**BASE, "aliases": {"hat": "beard"}}, "the alias of tag 2 to 1 is only in the database"),
        ({**BASE, "implications": [("hat", "beard")]}, "the implication of tag 2 to 1 is only in"),
    ],
)
def test_a_difference_is_named(other, expected):
    assert any(text.startswith(expected) for text in compare(an_index(**BASE), an_index(**other)))


def test_names_that_differ_are_named():
    index = an_index(**BASE)
    renamed = replace(index.parts, vocabulary=Vocabulary.of(["beard", "cap"]))

    assert compare(index, Index(1, renamed), sides=("a", "b")) == [
        "tag 2 is 'hat' in a, 'cap' in b"
    ]


def test_damage_of_the_forward_tags_alone_is_found():
    index = an_index(**BASE)
    other = a_library(**{**BASE, "beard": [1]}).index

    broken = Index(1, replace(index.parts, forward=other.parts.forward))

    assert compare(index, broken) == [
        "image 2 has the tags [1, 2] in the snapshot, [2] in the database"
    ]


def test_no_more_differences_than_wanted_are_named():
    assert len(compare(an_index(beard=range(1, 100)), an_index(beard=[]), limit=5)) == 5


@given(libraries())
def test_a_rebuilt_index_is_equal(library):
    assert compare(library.index, rebuilt(library.index)) == []
