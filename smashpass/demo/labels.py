"""The label of a picture: one short sentence, made of its tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smashpass.core.tags.names import namespace_of, value_of
from smashpass.demo.recipe import Wording


def label_of(wording: Wording, noun: str, tags: Sequence[str]) -> str:
    """Return what a picture shows: ``Adult with blonde curly hair and glasses, smiling``."""
    words: dict[str, list[str]] = {}
    spaces = {namespace_of(tag) for tag in tags}
    for tag in tags:
        space = namespace_of(tag)
        if tag in spaces:
            continue  # "beard" adds nothing to "beard:full"
        text_of_tag = wording.words.get(tag, value_of(tag).replace("_", " "))
        words.setdefault(space or tag, []).append(text_of_tag)
    before = [word for space in wording.before for word in words.get(space, ())]
    text = " ".join([*before, noun])
    having = _phrases(wording.having, words)
    if having:
        *most, last = having
        text += " with " + (f"{', '.join(most)} and {last}" if most else last)
    text = ", ".join([text, *_phrases(wording.then, words)])
    return text[0].upper() + text[1:]


def _phrases(templates: Mapping[str, str], words: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the phrases that have matching words, in their order."""
    phrases = []
    for spaces, phrase in templates.items():
        matching_words = [word for space in spaces.split("+") for word in words.get(space, ())]
        if matching_words:
            phrases.append(phrase.format(" ".join(matching_words)))
    return phrases
