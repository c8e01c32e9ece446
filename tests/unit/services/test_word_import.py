"""Vocabularies as files: read, brought in as one edit, and written out again."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadInput
from smashpass.core.library.stored import Tag
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.vocabulary.dictionary import (
    DictionaryEntry,
    as_csv,
    as_json,
    dictionary_of,
    read_csv,
    read_json,
)
from smashpass.services.vocabulary.edited import edited
from smashpass.services.vocabulary.import_plan import plan_import
from tests.support.builders import ALIASES, TAGS, libraries


def bring(text: str, vocabulary: Vocabulary | None = None):
    return plan_import(vocabulary or Vocabulary.of([]), {}, read_csv(text, "w.csv"))


def pairs(problems) -> list[tuple[int, str]]:
    return [(problem.place, problem.reason) for problem in problems]


def test_a_tag_dictionary_without_a_heading_is_read():
    text = 'beard,0,120,"whiskers,facial hair"\nhair:blonde,1,40,\n\nhat\n'
    assert read_csv(text, "d.csv") == [
        DictionaryEntry(1, "beard", "0", aliases=("whiskers", "facial hair")),
        DictionaryEntry(2, "hair:blonde", "1"),
        DictionaryEntry(4, "hat"),
    ]


def test_a_heading_gives_columns_in_any_order():
    text = 'Description, NAME ,implications,deprecated\nlong,beard_full,"beard, hair",TRUE\n'
    assert read_csv(text, "d.csv") == [
        DictionaryEntry(
            2,
            "beard_full",
            description="long",
            implications=("beard", "hair"),
            deprecated=True,
        )
    ]


def test_json_is_read_as_objects_or_names():
    text = '{"tags": [{"name": "beard", "aliases": ["whiskers"], "count": 3}, "hat"]}'
    expected = [DictionaryEntry(1, "beard", aliases=("whiskers",)), DictionaryEntry(2, "hat")]
    assert read_json(text, "d.json") == expected
    assert read_json(text[len('{"tags": ') : -1], "d.json") == expected


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("name,colour\n", "w.csv:1", "there is no column 'colour'"),
        ("name,name\n", "w.csv:1", "the column 'name' appears twice"),
        ("a,b,c,d,e\n", "w.csv:1", "the row has 5 cells"),
        ('name\n"a\n', "w.csv:2", "not CSV"),
        ('name\n"a"b\n', "w.csv:2", "not CSV"),
        ("name\n" + "a" * 200_000, "w.csv:2", "not CSV"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_with_its_line(text, where, message):
    with pytest.raises(BadInput) as caught:
        read_csv(text, "w.csv")
    assert caught.value.where == where
    assert message in caught.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "3",
        "{}",
        '{"tags": {}}',
        "[3]",
        '[{"name": 3}]',
        '[{"aliases": []}]',
        '[{"name": "a", "aliases": "b"}]',
        '[{"name": "a", "aliases": [1]}]',
        '[{"name": "a", "deprecated": "no"}]',
        '[{"name": "a", "colour": "red"}]',
        '[{"name": "a", "place": 3}]',
        '["a", null]',
        "[" + "9" * 5_000 + "]",
    ],
)
def test_json_of_another_form_is_refused(text):
    with pytest.raises(BadInput) as caught:
        read_json(text, "w.json")
    assert str(caught.value).startswith("w.json")
    assert "\n" not in str(caught.value)


def test_names_texts_aliases_and_implications_come_as_one_edit():
    outcome = bring(
        "name,category,label,aliases,implications,deprecated\n"
        "Beard Full,face,Full  beard,long beard,whiskers,\n"
        "beard,,,whiskers,,true\n"
    )
    assert outcome.refused == outcome.warnings == ()
    edit = outcome.edit
    assert edit.names == ("beard_full", "beard")
    assert edit.aliased == (("long_beard", "beard_full"), ("whiskers", "beard"))
    assert edit.implied == (("beard_full", "beard"),)
    assert edit.deprecated == ("beard",)
    assert edit.described == (("beard_full", ("face", "Full beard", "")),)


def test_what_is_so_already_is_left_out_and_texts_are_kept():
    words = Vocabulary.of(["beard"], {"whiskers": "beard"}, [("beard", "face")])
    row = DictionaryEntry(1, "beard", label="Beard", aliases=("whiskers",), implications=("face",))
    outcome = plan_import(words, {"beard": ("old", "x", "kept")}, [row])
    edit = outcome.edit
    assert (edit.names, edit.aliased, edit.implied) == ((), (), ())
    assert edit.described == (("beard", ("old", "Beard", "kept")),)


def test_rows_that_can_be_no_tag_are_refused_and_the_others_taken():
    words = Vocabulary.of(["beard"], {"whiskers": "beard"})
    outcome = bring('name\nbad*\n""\nimage:x\nwhiskers\ngood\n-no\n', words)
    assert [place for place, _ in pairs(outcome.refused)] == [2, 4, 5, 7]
    assert "'whiskers' is an alias of 'beard'" in pairs(outcome.refused)[2][1]
    assert outcome.edit.names == ("good",)


def test_contradictions_are_left_out_with_a_warning():
    words = Vocabulary.of(["beard"], {"whiskers": "beard"}, [("x", "y")])
    outcome = bring(
        "name,aliases,implications\n"
        'hat,"whiskers,cap,beard,x,b*d,hat","top,hat"\n'
        "cap,,\n"
        "top,,hat\n",
        words,
    )
    assert outcome.refused == ()
    assert pairs(outcome.warnings) == [
        (2, "'whiskers' is an alias of 'beard' already"),
        (2, "the alias 'cap' has a row of its own"),
        (2, "'beard' has aliases, so it cannot be an alias"),
        (2, "'x' has implications, so it cannot be an alias"),
        (2, pairs(outcome.warnings)[4][1]),
        (2, "'hat' → 'hat' would close a circle"),
        (4, "'top' → 'hat' would close a circle"),
    ]
    assert "'*'" in pairs(outcome.warnings)[4][1]
    assert outcome.edit.aliased == ()
    assert outcome.edit.implied == (("hat", "top"),)


def test_texts_that_cannot_be_kept_are_left_out():
    outcome = plan_import(
        Vocabulary.of([]),
        {},
        [
            DictionaryEntry(1, "a", label="\x1b[31m", category="c" * 61),
            DictionaryEntry(2, "b", description="x\n y"),
        ],
    )
    assert len(outcome.warnings) == 2
    assert outcome.edit.described == (("b", ("", "", "x y")),)


def tags_of(vocabulary: Vocabulary) -> list[Tag]:
    return [
        Tag(
            TagId(number),
            name,
            category=f"c{number % 3}",
            label='A "label", with commas' if number % 2 else "",
            description="é" * (number % 4),
            deprecated=TagId(number) in vocabulary.deprecated,
        )
        for number, name in enumerate(vocabulary.names)
        if name
    ]


@given(libraries(max_images=0), st.booleans())
def test_a_vocabulary_written_and_read_again_is_the_same(library, as_a_table):
    vocabulary = library.vocabulary
    words = dictionary_of(vocabulary, tags_of(vocabulary))
    if as_a_table:
        read = read_csv("".join(as_csv(words)), "w.csv")
    else:
        read = read_json(json.dumps({"tags": [as_json(word) for word in words]}), "w.json")
    outcome = plan_import(Vocabulary.of([]), {}, read)

    assert outcome.refused == outcome.warnings == ()
    texts = dict(outcome.edit.described)
    after = edited(Vocabulary.of(outcome.edit.names), outcome.edit)
    for tag in tags_of(vocabulary):
        if tag.id in vocabulary.aliases:
            target = vocabulary.names[vocabulary.aliases[tag.id]]
            assert after.resolve(tag.name) == after.find(target)
            continue
        assert texts.get(tag.name, ("", "", "")) == (tag.category, tag.label, tag.description)
        new = after.find(tag.name)
        assert new is not None
        implied = {after.names[tag_id] for tag_id in after.implied(new)}
        assert implied == {vocabulary.names[tag_id] for tag_id in vocabulary.implied(tag.id)}


@given(
    libraries(max_images=0),
    st.lists(
        st.builds(
            DictionaryEntry,
            st.integers(1, 9),
            st.sampled_from([*TAGS, *ALIASES, "new", "bad*"]),
            aliases=st.lists(st.sampled_from([*TAGS, *ALIASES, "other", ""]), max_size=3).map(
                tuple
            ),
            implications=st.lists(st.sampled_from([*TAGS, *ALIASES, "up"]), max_size=3).map(tuple),
        ),
        max_size=6,
    ),
)
def test_whatever_a_file_says_no_chain_and_no_circle_comes_of_it(library, words):
    after = edited(library.vocabulary, plan_import(library.vocabulary, {}, words).edit)
    bound = set(after.implications).union(*after.implications.values())
    assert not set(after.aliases) & set(after.aliases.values())
    assert not set(after.aliases) & bound
    assert all(tag not in after.implied(tag) for tag in bound)
    for alias, target in library.vocabulary.aliases.items():
        assert after.aliases[alias] == target


def test_a_large_dictionary_is_planned_in_seconds():
    rows = io.StringIO()
    csv.writer(rows).writerows(
        (f"tag_{number}", number % 5, number, f"alias_{number}") for number in range(20_000)
    )
    outcome = bring(rows.getvalue())
    assert (len(outcome.edit.names), len(outcome.edit.aliased)) == (20_000, 20_000)


LABELLED = DictionaryEntry(2, "beard", labels=(("fr", "barbe"), ("pt-br", "barba")))


@pytest.mark.parametrize(
    "written",
    [
        'name,labels\nbeard,"fr=barbe,pt-br=barba"\n',
        '{"tags": [{"name": "beard", "labels": {"fr": "barbe", "pt-br": "barba"}}]}',
    ],
)
def test_labels_in_other_languages_are_read(written):
    (word,) = read_csv(written, "f") if written[0] == "n" else read_json(written, "f")
    assert word.labels == LABELLED.labels
    edit = plan_import(Vocabulary.of([]), {}, [word]).edit
    assert edit.labelled == (("beard", "fr", "barbe"), ("beard", "pt-br", "barba"))


def test_labels_go_out_as_they_come_in():
    (word,) = read_csv("".join(as_csv([LABELLED])), "f")
    assert word.labels == LABELLED.labels
    assert as_json(LABELLED)["labels"] == {"fr": "barbe", "pt-br": "barba"}


@pytest.mark.parametrize("labels", [(("f_r", "x"),), (("fr", "a,b"),), (("fr", "a\0b"),)])
def test_labels_that_cannot_be_kept_are_left_out_with_a_warning(labels):
    outcome = plan_import(Vocabulary.of([]), {}, [DictionaryEntry(2, "beard", labels=labels)])
    assert outcome.edit.labelled == ()
    assert len(outcome.warnings) == 1
