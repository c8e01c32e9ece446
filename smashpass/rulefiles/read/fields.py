"""Reading located values as the type their place requires. Mismatches are reported once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from smashpass.core.values import Verdict
from smashpass.rulefiles.grammar import MAX_ID, MAX_WHOLE, VERDICTS, Construct
from smashpass.rulefiles.located import Entries, Hole, Items, Located, Scalar
from smashpass.rulefiles.read.numbers import number, why_not
from smashpass.rulefiles.report import Names, ProblemReport, one_of, quote

_KEYS_SHOWN = 3
_SPELT = 3
"""Minimal length at which a key that is near another counts as misspelt."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping with known keys only. A key whose value is a hole counts as present."""

    at: Entries
    keys: dict[str, Scalar]
    values: dict[str, Located]

    def get(self, key: str) -> Located | None:
        """Return the value of ``key``, or None if the key is absent."""
        return self.values.get(key)

    def __contains__(self, key: object) -> bool:
        """Whether the key stands in the mapping."""
        return key in self.keys


@cache
def names_of(names: tuple[str, ...]) -> Names:
    """Return the choice of ``names`` for proposals, made once."""
    return Names(names)


def kind(node: Located) -> str:
    """Describe a value, for messages."""
    match node:
        case Items():
            return "a list"
        case Entries():
            return "a mapping"
        case _:
            return f"the text {quote(node.text)}" if isinstance(node, Scalar) else "a hole"


def describe_mapping(node: Entries) -> str:
    """Describe a mapping that lacks its identifying key, for messages."""
    keys = [quote(key.text) for key, _ in node.entries[:_KEYS_SHOWN]]
    if not keys:
        return "an empty mapping"
    more = ", …" if len(node.entries) > _KEYS_SHOWN else ""
    return f"a mapping of {', '.join(keys)}{more}"


class Fields:
    """Readers for the values of one file. Each returns None for a hole or after a report."""

    def __init__(self, report: ProblemReport) -> None:
        """Report to ``report``."""
        self.report = report

    def entries(self, node: Located, label: str) -> Entries | None:
        """Read a mapping with free keys; ``label`` names it in messages."""
        if isinstance(node, Entries):
            return node
        if not isinstance(node, Hole):
            self.report.error(
                "E201", node, f"{label} is {kind(node)}, not a mapping", hint="write key: value"
            )
        return None

    def mapping(self, node: Located, construct: Construct) -> Mapped | None:
        """Read a mapping with the keys of ``construct``; unknown and missing ones are reported."""
        entries = self.entries(node, construct.name)
        return None if entries is None else self.read_keys(entries, construct)

    def read_keys(self, entries: Entries, construct: Construct) -> Mapped:
        """Keep the keys of ``construct``; report those it lacks and those it does not know.

        A misspelt key is read as the intended one, to find further mistakes.
        """
        names = names_of(construct.allowed)
        written = {key.text for key, _ in entries.entries}
        keys: dict[str, Scalar] = {}
        values: dict[str, Located] = {}
        for key, value in entries.entries:
            name = key.text
            if name not in construct.allowed:
                near = self.report.nearest(name, names)
                self.report.error(
                    "E202",
                    key,
                    f"{construct.name} has no key {quote(name)}",
                    hint=f"did you mean {near}?" if near else f"use {one_of(names)}",
                )
                if near is None or len(name) < _SPELT or near in written or near in keys:
                    continue
                name = near
            keys[name] = key
            values[name] = value
        for name in construct.required:
            if name not in keys:
                self.report.error(
                    "E203",
                    entries,
                    f"{construct.name} lacks the key {name}",
                    hint=f"add {name}:",
                )
        return Mapped(entries, keys, values)

    def items(self, node: Located, label: str, *, filled: bool = False) -> Sequence[Located] | None:
        """Read a list; with ``filled``, an empty one is refused."""
        if isinstance(node, Items):
            if filled and not node.items:
                self.report.error(
                    "E212", node, f"{label} is empty", hint="add an item, or remove it"
                )
                return None
            return node.items
        if not isinstance(node, Hole):
            self.report.error(
                "E201", node, f"{label} is {kind(node)}, not a list", hint="write [a, b]"
            )
        return None

    def scalar(self, node: Located, label: str) -> Scalar | None:
        """Read any text, empty or long."""
        if isinstance(node, Scalar):
            return node
        if not isinstance(node, Hole):
            self.report.error("E204", node, f"{label} is {kind(node)}, not a text")
        return None

    def text(self, node: Located, label: str, longest: int) -> str | None:
        """Read a text of 1 to ``longest`` characters; blanks at its ends are dropped."""
        scalar = self.scalar(node, label)
        if scalar is None:
            return None
        text = scalar.text.strip()
        if not text:
            self.report.error("E204", scalar, f"{label} is empty", hint="write a text")
            return None
        if len(text) > longest:
            self.report.error(
                "E204",
                scalar,
                f"{label} has {len(text)} characters",
                hint=f"use at most {longest}",
            )
            return None
        return text

    def line(self, node: Located, label: str, longest: int) -> str | None:
        """Read a text of one line."""
        text = self.text(node, label, longest)
        if text is not None and len(text.splitlines()) > 1:
            self.report.error(
                "E204", node, f"{label} has more than one line", hint="write it as one line"
            )
            return None
        return text

    def id(self, node: Located, label: str) -> Scalar | None:
        """Read an id: up to 64 letters, digits, - and _."""
        scalar = self.scalar(node, label)
        if scalar is None:
            return None
        if len(scalar.text) > MAX_ID or not _ID.fullmatch(scalar.text):
            self.report.error(
                "E204",
                scalar,
                f"{label} {quote(scalar.text)} is not a valid id",
                hint=f"use up to {MAX_ID} letters, digits, - and _, a letter or digit first",
            )
            return None
        return scalar

    def word(self, node: Located, label: str, words: tuple[str, ...]) -> str | None:
        """Read one of a few words."""
        scalar = self.scalar(node, label)
        if scalar is None or scalar.text in words:
            return None if scalar is None else scalar.text
        self.report.error(
            "E217",
            scalar,
            f"{label} {quote(scalar.text)} is not {one_of(words)}",
            hint=self.report.proposal(scalar.text, names_of(words)),
        )
        return None

    def verdict(self, node: Located) -> Verdict | None:
        """Read ``smash`` or ``pass``."""
        if isinstance(node, Hole):
            return None
        for verdict in VERDICTS:
            if isinstance(node, Scalar) and node.text == verdict:
                return verdict
        self.report.error(
            "E216",
            node,
            f"the verdict is {kind(node)}",
            hint="write smash or pass, without capitals",
        )
        return None

    def boolean(self, node: Located, label: str) -> bool | None:
        """Read plain ``true`` or ``false``."""
        if isinstance(node, Hole):
            return None
        if isinstance(node, Scalar) and node.style == "plain" and node.text in ("true", "false"):
            return node.text == "true"
        self.report.error(
            "E207",
            node,
            f"{label} is {kind(node)}, not true or false",
            hint="write true or false, without quotes and capitals",
        )
        return None

    def number(self, node: Located, label: str) -> float | None:
        """Read a number."""
        if isinstance(node, Hole):
            return None
        if not isinstance(node, Scalar):
            self.report.error("E205", node, f"{label} is {kind(node)}, not a number")
            return None
        value = number(node.text) if node.style == "plain" else None
        if value is None:
            hint = why_not(node.text)
            if node.style != "plain" and number(node.text) is not None:
                hint = "remove the quotes"
            self.report.error("E205", node, f"{label} is {kind(node)}, not a number", hint=hint)
        return value

    def whole(self, node: Located, label: str, low: int, high: int) -> int | None:
        """Read a whole number from ``low`` to ``high``."""
        value = self.number(node, label)
        if value is None:
            return None
        if not value.is_integer():
            self.report.error("E205", node, f"{label} is {value:g}, not a whole number")
            return None
        if not low <= value <= high:
            limit = "" if high == MAX_WHOLE else f" to {high}"
            self.report.error(
                "E206", node, f"{label} is {value:.15g}", hint=f"use a number from {low}{limit}"
            )
            return None
        return int(value)

    def optional_items(self, node: Located | None, label: str) -> Iterator[Located]:
        """Iterate over a list that may be absent."""
        if node is not None:
            yield from self.items(node, label) or ()
