"""Invisible joiners in names: where a script needs them, and nowhere else."""

from __future__ import annotations

import pytest

from smashpass.core.errors import BadQuery, BadTag
from smashpass.core.query.bind import bind
from smashpass.core.query.bound import AnyTag
from smashpass.core.query.parser import parse
from smashpass.core.tags.joiners import is_printable, misplaced_joiner
from smashpass.core.tags.lookalikes import look_alikes, warning
from smashpass.core.tags.names import fold, normalise
from smashpass.core.tags.vocabulary import Vocabulary

NEEDED = {
    "Persian, he wants": "می\u200cخواهد",
    "Persian, books": "کتاب\u200cها",
    "Persian, houses": "خانه\u200cها",
    "Persian with a mark between": "مِ\u200cمَ",
    "Kurdish": "ڕێ\u200cگا",
    "Persian in two words": "موی\u200cبلند زن",
    "Hindi, ksha apart": "क्\u200cष",
    "Hindi, half ka": "क्\u200dष",
    "Sinhala, Sri": "ශ්\u200dරී",
    "Malayalam, chillu": "ന്\u200d",
    "Bengali": "ক্\u200cত",
    "Tamil": "க்\u200cஷ",
    "scientist": "👩\u200d🔬",
    "scientist with a tone": "👩🏽\u200d🔬",
    "family": "👨\u200d👩\u200d👧",
    "heart on fire": "❤\ufe0f\u200d🔥",
    "rainbow flag": "🏳\ufe0f\u200d🌈",
    "judge": "🧑\u200d⚖\ufe0f",
    "head shaking": "🙂\u200d↔\ufe0f",
    "in a namespace": "شغل:می\u200cخواهد",
}
NEEDLESS = {
    "Latin": "be\u200dard",
    "Latin, other": "be\u200card",
    "at the beginning": "\u200dbeard",
    "at the end": "beard\u200c",
    "at the end of Persian": "می\u200c",
    "before a blank": "می\u200c خواهد",
    "behind alef": "ا\u200cب",
    "behind hamza": "ء\u200cب",
    "before Latin": "می\u200cbeard",
    "ZWJ in Persian": "می\u200dخواهد",
    "Devanagari without virama": "क\u200cष",
    "twice": "می\u200c\u200cخواهد",
    "emoji and a letter": "👩\u200da",
    "a letter and emoji": "a\u200d🔬",
    "ZWNJ between emoji": "👩\u200c🔬",
    "emoji, twice": "👩\u200d\u200d🔬",
    "emoji at the end": "👩\u200d",
    "a tone alone": "🏽\u200d🔬",
    "Greek": "α\u200dβ",
    "Han": "漢\u200d字",
    "alone": "\u200d",
}


@pytest.mark.parametrize("text", NEEDED.values(), ids=NEEDED)
def test_a_name_keeps_the_joiner_that_it_needs_and_a_query_finds_it(text: str) -> None:
    name = normalise(text)
    assert name.count("\u200c") + name.count("\u200d") == sum(map(text.count, "\u200c\u200d"))
    assert normalise(name) == fold(text) == name
    assert is_printable(text)
    vocabulary = Vocabulary.of(["else", name])
    tag = vocabulary.find(name)
    for query in (text, f'"{text}"', f"{name} else", f"~{text}"):
        bound = bind(parse(query), vocabulary)
        assert AnyTag(frozenset({tag})) in (bound, *getattr(bound, "items", ()))


@pytest.mark.parametrize("text", NEEDLESS.values(), ids=NEEDLESS)
def test_a_joiner_that_joins_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadTag, match=r"invisible joiner U\+200[CD] where it joins nothing"):
        normalise(text)
    with pytest.raises(BadQuery, match=r"U\+200[CD]") as caught:
        parse(text)
    assert caught.value.position == misplaced_joiner(text)
    assert text[caught.value.position] in "\u200c\u200d"
    assert not is_printable(text)


def test_names_that_differ_in_a_joiner_look_alike() -> None:
    name, bare = "می\u200cخواهد", "میخواهد"
    assert look_alikes([name], Vocabulary.of([bare])) == [(name, bare)]
    assert look_alikes([bare], Vocabulary.of([name])) == [(bare, name)]
    for pair in ((name, bare), (bare, name)):
        assert warning(pair).endswith(
            "different tag: the invisible joiner U+200C is in one of them"
        )
    scientist = "👩\u200d🔬"
    assert look_alikes([scientist], Vocabulary.of(["👩🔬", "🔬"])) == [(scientist, "👩🔬")]


def test_many_joiners_cost_little() -> None:
    from time import process_time

    for text in ("\u200d" * 600, "می\u200cخواهد" * 100, "👩\u200d🔬" * 150):
        start = process_time()
        misplaced_joiner(text)
        assert process_time() - start < 0.1
