"""Prompts: which tags a sentence asks for, which it excludes, and what of it nobody understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.explore.prompt import MOST_TAGS, Understanding, understand
from smashpass.core.explore.prompt_text import prompt_words
from smashpass.core.explore.wordings import Wordings, stem
from smashpass.core.library.stored import Tag
from smashpass.core.query.bind import bind
from smashpass.core.query.normal import normalise
from smashpass.core.query.parser import parse
from smashpass.core.tags.names import TagId, fold, namespace_of, value_of
from smashpass.core.tags.spellings import words_in
from smashpass.core.tags.vocabulary import Vocabulary

_NAMES = """
    beard hat hat:cap glasses glasses:round hair:red hair:grey hair_style:curly hair_style:long
    shirt:red mouth:smile mouth:wavy hair_style:wavy gesture:wave eyes:three eyes:one stones:three
    eyepatch no_humans salt_and_pepper ring pattern:ring plant:flower clothes:t_shirt sunglasses
    miku_(vocaloid) and or width:5
"""
NAMES = tuple(_NAMES.split())
VOCABULARY = Vocabulary.of(NAMES, aliases={"whiskers": "beard", "shades": "sunglasses"})
LABELS = {
    "hat": ("Headgear", ("de", "Hut")),
    "glasses": ("", ("de", "Brille")),
    "hair_style:curly": ("", ("de", "Locken")),
}
COUNTS = {"shirt:red": 5, "stones:three": 9}


def texts(vocabulary: Vocabulary) -> list[Tag]:
    return [
        Tag(tag, name, label=label, labels=(german,))
        for name, (label, german) in LABELS.items()
        if (tag := vocabulary.find(name)) is not None
    ]


WORDINGS = Wordings(VOCABULARY, texts(VOCABULARY))


def read(prompt: str, **asked: object) -> Understanding:
    def count(tag: TagId) -> int:
        return COUNTS.get(VOCABULARY.names[tag], 1)

    return understand(prompt, WORDINGS, count, **asked)  # type: ignore[arg-type]


def signed(understanding: Understanding) -> list[str]:
    return [
        f"{'-' if item.negated else ''}{VOCABULARY.names[item.tag]}" for item in understanding.tags
    ]


@pytest.mark.parametrize(
    ("prompt", "tags", "unused"),
    [
        ("someone friendly with curly hair, no hat", "hair_style:curly -hat", "someone friendly"),
        ("red hair and a beard", "hair:red beard", ""),
        ("red, curly hair", "shirt:red hair_style:curly", ""),
        ("long wavy hair", "hair_style:long hair_style:wavy", ""),
        ("a red shirt", "shirt:red", ""),
        ("waving, smiling, not wavy hair", "gesture:wave mouth:smile -hair_style:wavy", ""),
        ("three eyed", "eyes:three", ""),
        ("three", "stones:three", ""),
        ("eye-patch; T-shirt!", "eyepatch clothes:t_shirt", ""),
        ("rings", "ring", ""),
        ("no humans", "no_humans", ""),
        ("without no_humans", "-no_humans", ""),
        ("salt and pepper hair, no beard and glasses", "salt_and_pepper -beard glasses", "hair"),
        ("without a hat or glasses but a beard", "-hat -glasses beard", ""),
        ("neither hat nor beard", "-hat -beard", ""),
        ("not without a beard", "beard", ""),
        ("no hat. Beard", "-hat beard", ""),
        ("-hat:cap hair:grey -beard", "-hat:cap hair:grey -beard", ""),
        ("whiskers and round glasses", "beard glasses:round", ""),
        ("kein Hut, ohne Brille, mit Locken", "-hat -glasses hair_style:curly", ""),
        ("einen Bart hat", "", "Bart"),
        ("person with a hat", "hat", "person"),
        ("beard, BEARD and whiskers", "beard", ""),
        ("beard, no beard", "beard -beard", ""),
        ("miku_(vocaloid), (a hat)", "miku_(vocaloid) hat", ""),
        ("no unicorn, hat", "hat", "no unicorn"),
        ("the of and", "", ""),
        ("", "", ""),
    ],
)
def test_a_sentence_is_read_as_a_person_would(prompt: str, tags: str, unused: str) -> None:
    understood = read(prompt)
    assert signed(understood) == tags.split()
    assert list(understood.unused) == unused.split()


def test_it_is_said_where_a_tag_comes_from() -> None:
    understood = read("Headgear, whiskers, curly hair, three")
    hat, beard, curly, three = understood.tags
    assert (hat.how, hat.phrase, hat.score) == ("label", "Headgear", 1.0)
    assert (beard.how, beard.phrase) == ("alias", "whiskers")
    assert (curly.how, curly.phrase) == ("name", "curly hair")
    assert (three.how, three.score) == ("name", 0.5)


def test_a_finder_is_asked_about_the_rest_and_believed_if_it_is_sure() -> None:
    asked_phrases: list[str] = []

    def finder(phrase: str) -> list[str]:
        asked_phrases.append(phrase)
        return {"mop top": ["hair_style:curly"], "odd": ["hat", "beard", "ring", "glasses"]}.get(
            phrase, []
        )

    understood = read("a mop top with an odd beard, no mop top", finder=finder)
    assert signed(understood) == ["hair_style:curly", "beard", "-hair_style:curly"]
    assert understood.unused == ("odd",)
    assert understood.tags[0].how == "search"
    assert not any("beard" in phrase for phrase in asked_phrases)


def test_a_word_that_is_corrected_by_two_slips_is_not_believed() -> None:
    assert signed(read("glasse", finder=lambda _phrase: ["glasses"])) == ["glasses"]
    assert read("classe", finder=lambda _phrase: ["glasses"]).tags == ()


def test_meanings_come_last_and_need_the_floor() -> None:
    def nearest(phrases: list[str]) -> list[list[tuple[str, float]]]:
        cosines = {"friendly": [("mouth:smile", 0.7)], "dull": [("hat", 0.2)]}
        return [cosines.get(phrase, []) for phrase in phrases]

    understood = read("someone friendly with a dull beard", nearest=nearest)
    assert signed(understood) == ["mouth:smile", "beard"]
    assert (understood.tags[0].how, understood.tags[0].score) == ("embedding", 0.7)
    assert understood.unused == ("someone", "dull")


def test_what_does_not_fit_into_a_query_is_listed_as_unused() -> None:
    vocabulary = Vocabulary.of([f"tag{number}" for number in range(60)])
    prompt = ", ".join(vocabulary.names[1:])
    understood = understand(prompt, Wordings(vocabulary, []), lambda _tag: 1)
    assert len(understood.tags) == MOST_TAGS
    assert list(understood.unused) == list(vocabulary.names[1 + MOST_TAGS :])
    parse(understood.query_text(vocabulary))


WORDS = st.sampled_from(
    [
        *NAMES, "whiskers", "no", "not", "without", "ohne", "kein", "und", "with", ",", ".", "hair",
        "curly", "red", "friendly", "the", "Hut", "eyed", "three", "-hat", "-", "hat-cap", "AND",
    ]
)  # fmt: skip
PROMPTS = st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=60)


@given(prompt=PROMPTS)
def test_the_query_means_exactly_the_tags(prompt: str) -> None:
    understood = read(prompt)
    text = understood.query_text(VOCABULARY)
    assert normalise(bind(parse(text), VOCABULARY)) == normalise(understood.query())


@given(prompt=PROMPTS)
def test_no_word_is_dropped_silently(prompt: str) -> None:
    understood = read(prompt)
    left = [fold(word) for word in understood.unused]
    for item in understood.tags:
        left += [fold(word) for word in item.phrase.split()]
    repeated = {fold(name) for item in understood.tags for name in [VOCABULARY.names[item.tag]]}
    for word in prompt_words(prompt, VOCABULARY):
        if word.tells:
            assert fold(word.text) in left or _calls(word.key) & repeated, word


def _calls(word: str) -> set[str]:
    """Names of the tags that a word may stand for, if the prompt names one of them twice."""
    return {
        name
        for name in NAMES
        if {stem(part) for part in words_in(word)} <= {stem(part) for part in words_in(name)}
    } | ({"beard"} if word == "whiskers" else {"hat"} if word == "hut" else set())


@given(words=st.lists(st.sampled_from(["red", "hair", "curly", "wavy", "waving", "three", "eyes",
                                       "ring", "rings", "hut", "shirt", "t", "round"]),
                      min_size=1, max_size=4))  # fmt: skip
def test_what_words_call_is_what_a_look_at_every_tag_finds(words: list[str]) -> None:
    assert set(WORDINGS.meant(words)) == slowly_meant(words)


def slowly_meant(words: list[str]) -> set[TagId]:
    """The twin: every name and label, each with the words that must and may stand there."""
    called = [
        (VOCABULARY.canonical(TagId(tag)), words_in(value_of(name)))
        for tag, name in enumerate(VOCABULARY.names)
        if name
    ]
    called += [
        (text.id, words_in(fold(label)))
        for text in texts(VOCABULARY)
        for label in (text.label, *(label for _, label in text.labels))
        if label
    ]
    for form in (lambda word: word, stem):
        spoken = {form(word) for word in words}
        sizes: dict[TagId, int] = {}
        for tag, parts in called:
            must = {form(part) for part in parts}
            space = namespace_of(VOCABULARY.names[tag])
            may = {form(part) for part in words_in(space)}
            if must <= spoken <= must | may:
                sizes[tag] = max(sizes.get(tag, 0), len(must))
        if sizes:
            return {tag for tag, size in sizes.items() if size == max(sizes.values())}
    return set()


@pytest.mark.parametrize(
    "words",
    ["smile smiles smiling", "eye eyes eyed", "ring rings", "wink winking", "stripe striped"],
)
def test_stems_of_like_words_meet(words: str) -> None:
    assert len(set(map(stem, words.split()))) == 1


def test_short_words_keep_their_endings() -> None:
    assert (stem("ring"), stem("string"), stem("red"), stem("glass")) == (
        "ring", "string", "red", "glass",
    )  # fmt: skip
