"""Tags, numbers and changes for people who have never seen a rule file, without symbols."""

from __future__ import annotations

from collections.abc import Sequence

from smashpass.core.rules.attributes import is_plugin
from smashpass.core.rules.compile.edits import Interval
from smashpass.core.rules.decision import Flip
from smashpass.core.values import Value, without_fraction


def describe_tag(name: str) -> str:
    """Return a tag in natural word order, which the search box understands too: ``blonde hair``."""
    namespace, colon, value = name.rstrip("*").partition(":")
    if not colon:
        return namespace.replace("_", " ")
    return " ".join(part.replace("_", " ").strip() for part in (value, namespace) if part)


def describe_attribute(name: str) -> str:
    """Return an attribute without its namespace: ``width``, ``smash rate``."""
    return name.partition(".")[2].replace("_", " ")


def describe_interval(attr: str, cells: Sequence[Interval]) -> str:
    """Return a run of an attribute's values: ``a width of at least 512``."""
    first, last = cells[0], cells[-1]
    subject = f"a {describe_attribute(attr)}"
    if isinstance(first.value, str | bool):
        return f"{subject} of {' or '.join(plain_value(cell.value) for cell in cells)}"
    if first is last and first.is_point:
        return f"{subject} of {plain_value(first.value)}"
    ends = []
    if first.low > float("-inf"):
        ends.append(f"{'at least' if first.is_point else 'more than'} {plain_value(first.low)}")
    if last.high < float("inf"):
        ends.append(f"{'at most' if last.is_point else 'less than'} {plain_value(last.high)}")
    return f"{subject} of {' and '.join(ends)}" if ends else f"a known {describe_attribute(attr)}"


def describe_change(with_: Sequence[str], without: Sequence[str]) -> str:
    """Return changes in plain language: ``with blonde hair and without a hat``."""
    parts = []
    if with_:
        parts.append(f"with {join_words(with_, 'and')}")
    if without:
        parts.append(f"without {join_words(without, 'or')}")
    return " and ".join(parts)


def headline(flip: Flip, verdict: str) -> str:
    """Return a change with the name of the verdict it leads to: ``With blonde hair: Smash``."""
    return f"{flip.text[:1].upper()}{flip.text[1:]}: {verdict}"


def subject_of(attr: str) -> str:
    """Return what a comparison is about; of the viewer or the query if it is not the image."""
    namespace = attr.partition(".")[0]
    words = describe_attribute(attr)
    return f"{namespace} {words}" if namespace in ("viewer", "query") else words


def compared_of(attr: str, value: Value) -> str:
    """Return what a value is one of: a model's number is a score."""
    subject = subject_of(attr)
    rated = is_plugin(attr) and not isinstance(value, bool | str)
    return f"{subject} score" if rated and not subject.endswith("score") else subject


def with_article(noun: str) -> str:
    """Return a noun with ``a`` or ``an``; a plural, by its last letter, as it is."""
    if noun.endswith("s") and not noun.endswith("ss"):
        return noun
    return f"{'an' if noun[:1].casefold() in 'aeiou' else 'a'} {noun}"


def plain_value(value: Value) -> str:
    """Return a value as people write it: ``1,024``, ``0.5``, ``yes``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    whole = without_fraction(value)
    return f"{whole:,}" if isinstance(whole, int) else str(whole)


def join_words(words: Sequence[str], last: str) -> str:
    """Join words by commas, and the last one by ``last``: ``a, b and c``."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
