"""Noun phrases for predicates: what an image has, or has not, if one holds or does not.

A label goes before everything; what has none is put together from its parts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from smashpass.core.rules.explain.plain_language import (
    compared_of,
    describe_tag,
    join_words,
    plain_value,
    subject_of,
    with_article,
)
from smashpass.core.rules.explain.query_words import readable
from smashpass.core.rules.formatting import one_line
from smashpass.core.rules.tree import (
    AllOf,
    AnswerWords,
    AnyOf,
    AtLeast,
    Compare,
    FacetTest,
    NoneOf,
    NotOf,
    Predicate,
    QueryTest,
    TagTest,
)

LISTED = 4
"""Parts that a phrase names; one more is named too, of several more their number."""
LONGEST = 160
"""Characters beyond which the parts of a phrase are counted instead of named."""

_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_DENYING = ("no ", "nothing", "nobody", "none", "not ", "never", "without ", "neither ")
_ARTICLES = ("a ", "an ", "the ")
_BY = {"hand": "tag added by hand", "import": "imported tag", "implied": "implied tag"}


class Phrase(NamedTuple):
    """A noun phrase for an image.

    Attributes:
        text: The words.
        affirms: Whether they say what is there; False for what is not.
        labelled: Whether the author wrote them.
        compound: Whether they list parts, so that they need brackets in another list.
    """

    text: str
    affirms: bool
    labelled: bool = False
    compound: bool = False

    @property
    def is_subject(self) -> bool:
        """Whether the phrase may stand for the image itself: ``a person``."""
        return self.labelled and not denies(self.text)


def phrase(predicate: Predicate, holds: bool, missing: Collection[str] = ()) -> Phrase:
    """Return the words for an image for which ``predicate`` holds, or does not.

    Args:
        predicate: The test.
        holds: Its answer.
        missing: Attributes of which the image has no value; a comparison of one says so.

    Cost: some µs for each part of the predicate.
    """
    if isinstance(predicate, Compare) and predicate.attr in missing:
        return Phrase(f"no known {subject_of(predicate.attr)}", False)
    label = None if isinstance(predicate, FacetTest) else predicate.label
    words = None if label is None else _of_label(label, holds)
    if words is not None:
        return Phrase(words, holds, labelled=True)
    match predicate:
        case TagTest(pattern):
            begins = "…" if pattern.endswith("*") and ":" not in pattern else ""
            return _plain(describe_tag(pattern) + begins, holds)
        case Compare():
            return Phrase(_comparison(predicate, holds), holds)
        case FacetTest("by", value):
            return _plain(_BY.get(value, f"tag of {value.replace(':', ' ')}"), holds)
        case FacetTest(name, value):
            return Phrase(f"the {name} {value}" if holds else f"a {name} other than {value}", holds)
        case QueryTest(text, syntax):
            parts = readable(syntax)
            if parts is None:
                return _plain(f"match for “{one_line(text)}”", holds)
            return phrase(parts, holds, missing)
        case NotOf(item):
            return phrase(item, not holds, missing)
        case AllOf(items):
            return _all(items, holds, missing)
        case AnyOf(items):
            return _any(items, holds, missing)
        case NoneOf(items):
            return _any(items, not holds, missing)
        case AtLeast(n, items):
            return _at_least(n, items, holds, missing)


def denies(text: str) -> bool:
    """Whether a phrase says what is not there: ``no hat``, ``nothing special``."""
    return text.casefold().startswith(_DENYING)


def listing(words: Sequence[str], last: str) -> str:
    """Join words by commas and ``last``; of a long list the first few, and how many more."""
    if len(words) <= LISTED + 1:
        return join_words(words, last)
    return join_words([*words[:LISTED], f"{len(words) - LISTED} more"], last)


def _of_label(label: AnswerWords, holds: bool) -> str | None:
    """Return an author's words for an answer; None if they do not say it."""
    if holds:
        return label.then
    return label.otherwise or (None if denies(label.then) else f"no {_bare(label.then)}")


def _plain(words: str, holds: bool) -> Phrase:
    return Phrase(words if holds else f"no {words}", holds)


def _bare(words: str) -> str:
    """Return words without the article before them."""
    for article in _ARTICLES:
        if words.casefold().startswith(article):
            return words[len(article) :]
    return words


def _comparison(compare: Compare, holds: bool) -> str:
    """Return a comparison as a phrase: ``a width of at least 1,024``."""
    value = compare.value
    noun = compared_of(compare.attr, value[0] if isinstance(value, tuple) else value)
    subject = with_article(noun)
    if value == float("-inf"):
        return f"{'a' if holds else 'no'} known {noun}"
    if isinstance(value, bool):
        yes = (compare.op == "eq") is (value is holds)
        return f"a {'yes' if yes else 'no'} for {noun}"
    if isinstance(value, tuple):
        values = [plain_value(item) for item in value]
        if compare.op == "between":
            return f"{subject} {'from' if holds else 'outside'} {values[0]} to {values[1]}"
        return f"{subject} {'of' if holds else 'other than'} {listing(values, 'or')}"
    words = {
        ("eq", True): "of",
        ("ne", False): "of",
        ("eq", False): "other than",
        ("ne", True): "other than",
        ("gte", True): "of at least",
        ("lt", False): "of at least",
        ("gte", False): "below",
        ("lt", True): "below",
        ("lte", True): "of at most",
        ("gt", False): "of at most",
        ("lte", False): "above",
        ("gt", True): "above",
    }[compare.op, holds]
    return f"{subject} {words} {plain_value(value)}"


def _all(items: Sequence[Predicate], holds: bool, missing: Collection[str]) -> Phrase:
    if not items:
        return Phrase("anything" if holds else "nothing", holds)
    parts = _parts(items, AllOf, holds, missing)
    return _list(parts, "and" if holds else "or", "all" if holds else "not all")


def _any(items: Sequence[Predicate], holds: bool, missing: Collection[str]) -> Phrase:
    if not items:
        return Phrase("nothing" if holds else "anything", holds)
    parts = _parts(items, AnyOf, holds, missing)
    if holds or len(parts) == 1:
        return _list(parts, "or", "one")
    if all(part.text.startswith("no ") and not part.compound for part in parts):
        text = f"no {listing([part.text.removeprefix('no ') for part in parts], 'or')}"
        return Phrase(_short(text, "none", parts), False, compound=True)
    return _list(parts, "and", "none")


def _parts(
    items: Sequence[Predicate],
    kind: type[AllOf | AnyOf],
    holds: bool,
    missing: Collection[str],
) -> list[Phrase]:
    """Return the phrases of items, each once, and of those of the same kind that they list."""
    parts: dict[Phrase, None] = {}
    for item in items:
        if isinstance(item, kind) and item.label is None and item.items:
            parts |= dict.fromkeys(_parts(item.items, kind, holds, missing))
        else:
            parts[phrase(item, holds, missing)] = None
    return list(parts)


def _at_least(n: int, items: Sequence[Predicate], holds: bool, missing: Collection[str]) -> Phrase:
    if n == 1:
        return _any(items, holds, missing)
    if n == len(items):
        return _all(items, holds, missing)
    number = _NUMBERS[n] if n < len(_NUMBERS) else f"{n:,}"
    count = f"{number} or more" if holds else f"fewer than {number}"
    parts = [phrase(item, True) for item in items]
    text = f"{count} of {listing([_item(part) for part in parts], 'and')}"
    return Phrase(_short(text, count, parts), holds, compound=True)


def _list(parts: Sequence[Phrase], last: str, count: str) -> Phrase:
    """Join several phrases to one that has the sign of the first."""
    if len(parts) == 1:
        return parts[0]
    text = listing([_item(part) for part in parts], last)
    return Phrase(_short(text, count, parts), parts[0].affirms, compound=True)


def _item(part: Phrase) -> str:
    return f"({part.text})" if part.compound else part.text


def _short(text: str, count: str, parts: Sequence[Phrase]) -> str:
    """Return a text, or how many parts it has if it is too long to read."""
    return text if len(text) <= LONGEST else f"{count} of {len(parts)} things"
