"""Deciding: which tree, which image, and what may be said of an image that need not exist."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadInput, BadTag, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.rules.tree import Arm, Branch, Compare, Leaf, Node, TagTest, Tree
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.rules.book import (
    NoDefaultTree,
    RuleBook,
    decide_tags,
    parse_attributes,
    split_tags,
)
from tests.support.builders import a_library, libraries
from tests.support.deciding import decide_image

SMASH = Leaf("yes", "smash", 60, "y")
PASS = Leaf("no", "pass", 60, "n")


def a_tree(name: str, inner: Node = PASS, labels: tuple[str, ...] = ()) -> Tree:
    return Tree(name, Branch("top", "if", (Arm(TagTest("beard"), SMASH),), inner), labels=labels)


WIDE = Branch("wide", "if", (Arm(Compare("image.width", "gte", 512.0), SMASH),), PASS)
COUNTED = Branch("counted", "if", (Arm(Compare("image.tag_count", "gte", 2.0), SMASH),), PASS)
BOOK = RuleBook.of(
    "r" * 64, [a_tree("a"), a_tree("b", WIDE, ("x", "default")), a_tree("c", COUNTED)]
)
WORDS = Vocabulary.of(["beard", "hat"], {"whiskers": "beard"}, [("beard_full", "beard")])


def test_the_tree_labelled_default_is_taken_if_none_is_named():
    assert BOOK.find(None).id == "b"
    assert BOOK.find("a").id == "a"


def test_an_unknown_tree_is_answered_with_those_there_are():
    with pytest.raises(NotFound, match="did you mean a") as caught:
        BOOK.find("d")
    assert caught.value.suggestions == ("a", "b", "c")


def test_where_none_is_the_default_one_must_be_named():
    for trees, hint in (([a_tree("a")], "name one: a"), ([], "none is published")):
        with pytest.raises(NoDefaultTree, match=hint) as caught:
            RuleBook.of("r", trees).find(None)
        assert caught.value.code == "no_default_tree"


def test_a_tree_is_compiled_once_for_each_vocabulary():
    book = RuleBook.of("r", [a_tree("a")])
    first = book.compiled(book.trees["a"], WORDS)
    assert book.compiled(book.trees["a"], WORDS) is first
    assert book.compiled(book.trees["a"], Vocabulary.of(["beard"])) is not first


def test_an_image_of_the_library_is_decided_by_all_that_is_known_of_it():
    library = a_library(
        beard_full=[1], hat=[2, 3], attributes={"image.width": {2: 600, 3: 100}},
        implications=[("beard_full", "beard")], hidden=[4],
    )  # fmt: skip
    verdicts = {
        ordinal: decide_image(BOOK, library.index, Ordinal(ordinal), f"i{ordinal}").verdict
        for ordinal in (1, 2, 3)
    }
    assert verdicts == {1: "smash", 2: "smash", 3: "pass"}
    decision = decide_image(BOOK, library.index, Ordinal(1), "i1", tree="a", explain=True)
    assert (decision.tree, decision.revision, decision.leaf) == ("a", "r" * 64, "yes")
    assert decision.path is not None
    assert decide_image(BOOK, library.index, Ordinal(1), "i1").path is None
    for hidden_or_unknown in (4, 99):
        with pytest.raises(NotFound):
            decide_image(BOOK, library.index, Ordinal(hidden_or_unknown), "x")


@pytest.mark.parametrize(
    ("tags", "verdict"),
    [
        (["beard"], "smash"),
        (["Whiskers"], "smash"),
        (["beard full"], "smash"),
        (["unknown"], "pass"),
        (["hat"], "pass"),
        ([], "pass"),
    ],
)
def test_tags_are_read_in_any_spelling_and_unknown_ones_count_as_absent(tags, verdict):
    assert decide_tags(BOOK, WORDS, tags, {}).verdict == verdict


def test_a_text_that_can_be_no_tag_is_refused():
    with pytest.raises(BadTag):
        decide_tags(BOOK, WORDS, ["a*"], {})


def test_attributes_are_those_given_and_others_are_missing():
    assert decide_tags(BOOK, WORDS, [], {"image.width": 512.0}).verdict == "smash"
    assert decide_tags(BOOK, WORDS, [], {"image.width": 511.0}).verdict == "pass"
    assert decide_tags(BOOK, WORDS, [], {"image.width": "wide"}).verdict == "pass"
    assert decide_tags(BOOK, WORDS, [], {"image.other": 9.0}).verdict == "pass"


def test_tags_are_counted_once_each_unless_the_number_is_given():
    assert decide_tags(BOOK, WORDS, ["hat", "unknown"], {}, tree="c").verdict == "smash"
    assert decide_tags(BOOK, WORDS, ["hat", "Hat", "hat "], {}, tree="c").verdict == "pass"
    given_count = {"image.tag_count": 2.0}
    assert decide_tags(BOOK, WORDS, ["hat"], given_count, tree="c").verdict == "smash"


@given(libraries(max_images=4), st.sampled_from(["a", "b", "c"]))
def test_an_image_and_its_tags_typed_out_are_decided_alike(library, tree):
    for ordinal in sorted(library.live):
        image = library.images[ordinal]
        by_image = decide_image(BOOK, library.index, Ordinal(ordinal), "", tree=tree)
        given_values = dict(image.attributes) | {"image.tag_count": float(len(image.tags))}
        by_tags = decide_tags(BOOK, library.vocabulary, sorted(image.tags), given_values, tree=tree)
        assert by_image == by_tags


def test_attributes_are_numbers_truths_or_texts():
    assert parse_attributes(
        [
            "image.width=512",
            "a = -1.5e3",
            "b=true",
            "c=false",
            "d=x=y",
            "e=",
            "f=1_000",
            "g=٣",
            "h=.5",
        ]
    ) == {
        "image.width": 512.0,
        "a": -1500.0,
        "b": True,
        "c": False,
        "d": "x=y",
        "e": "",
        "f": "1_000",
        "g": "٣",
        "h": 0.5,
    }


@pytest.mark.parametrize(
    "text", ["nan", "NaN", "-nan", "inf", "+Inf", "-infinity", "1e999", "-1e999", "9" * 400]
)
def test_a_number_that_cannot_be_compared_is_refused(text):
    with pytest.raises(BadInput, match=r"the attribute 'image\.width' is") as caught:
        parse_attributes([f"image.width={text}"])
    assert text in str(caught.value)


@pytest.mark.parametrize("pairs", [["x"], ["=3"], [" =3"], [""], ["a=1", "a=2"], ["a=1", " a =2"]])
def test_a_text_that_is_no_attribute_is_refused(pairs):
    with pytest.raises(BadInput, match=r"is not an attribute|is given twice"):
        parse_attributes(pairs)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_read_as_it_is(number):
    assert parse_attributes([f"a={number!r}"]) == {"a": number}


def test_tags_are_split_at_commas():
    assert split_tags(" beard, hair:blonde ,,blonde hair") == [
        "beard",
        "hair:blonde",
        "blonde hair",
    ]
    for nothing in ("", " ", ",", " , "):
        with pytest.raises(BadTag, match="no tag is given"):
            split_tags(nothing)
