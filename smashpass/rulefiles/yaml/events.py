"""From text to located values, over the events of a YAML parser; no YAML loader is involved.

A loader would guess types (``no`` is false, ``22:30`` is 1350), drop repeated keys, follow
aliases and build whatever a tag names. Events are texts with places, and reading can stop at
any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from smashpass.core.problems import Place
from smashpass.rulefiles.grammar import MAX_NESTING, MAX_NODES
from smashpass.rulefiles.located import Entries, Hole, Items, Located, Scalar, Style
from smashpass.rulefiles.report import ProblemReport, quote
from smashpass.rulefiles.yaml.guards import UNSEEN, name_of
from smashpass.rulefiles.yaml.syntax import TOO_DEEP, TOO_DEEP_HINT, syntax_error

_STYLES: dict[str | None, Style] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "block",
    ">": "block",
}


def parser_class() -> Any:
    """Return libyaml's parser, or the pure Python one where PyYAML was built without it."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str, report: ProblemReport, parser: Any = None) -> Located | None:
    """Return the one document of ``text``, or None if it cannot be read to its end.

    Mistakes inside of a readable document (E105 to E108, E110) leave a hole and are reported;
    those that end the reading (E100, E104, E111) give None. Of several documents (E109) it is
    the first. Cost: about 1 µs an event;
    what is nested too deeply or too large stops at once.
    """
    reader = _Reader(text, report)
    try:
        for event in _events(text, parser or parser_class()):
            if not reader.take(event):
                return reader.document if reader.ended else None
    except yaml.YAMLError as error:
        syntax_error(error, text, report)
        return None
    if reader.document is None:
        report.error("E111", Place(report.file, 1, 1), "the file is empty", hint="write a tree")
    return reader.document


def _events(text: str, parser: Any) -> Iterator[Any]:
    events: Iterator[Any] = yaml.parse(text, Loader=parser)
    return events


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read; a mapping's keys and values alternate."""

    kind: Literal["list", "mapping"]
    line: int
    col: int
    tagged: bool
    parts: list[Located] = field(default_factory=list)


class _Reader:
    """Builds located values from events; its stack is as deep as the text is nested."""

    def __init__(self, text: str, report: ProblemReport) -> None:
        self.document: Located | None = None
        self.ended = False
        self._began = False
        self._text = text
        self._report = report
        self._open: list[_Open] = []
        self._nodes = 0

    def take(self, event: Any) -> bool:
        """Read one event; False ends the reading."""
        match event:
            case yaml.DocumentStartEvent():
                return self._start_document(event)
            case yaml.AliasEvent():
                self._refuse_anchor(event)
                return self._add(Hole(*_start(event)))
            case yaml.ScalarEvent():
                return self._scalar(event)
            case yaml.CollectionStartEvent():
                return self._start(event)
            case yaml.CollectionEndEvent():
                return self._close()
            case _:
                return True

    def _start_document(self, event: Any) -> bool:
        at = Place(self._report.file, *_start(event))
        if self._began:
            self._report.error(
                "E109", at, "a second YAML document begins", hint="put every tree into its own file"
            )
            self.ended = True
            return False
        self._began = True
        if event.version or event.tags:
            self._report.error(
                "E100",
                at,
                "YAML directives are not allowed",
                hint="remove the lines that begin with %",
            )
        return True

    def _start(self, event: Any) -> bool:
        line, col = _start(event)
        if len(self._open) == MAX_NESTING:
            self._report.error(
                "E104",
                Place(self._report.file, line, col),
                TOO_DEEP,
                hint=TOO_DEEP_HINT,
            )
            return False
        tagged = self._check_properties(event)
        kind: Literal["list", "mapping"] = (
            "list" if isinstance(event, yaml.SequenceStartEvent) else "mapping"
        )
        self._open.append(_Open(kind, line, col, tagged))
        return self._count(line, col)

    def _close(self) -> bool:
        collection = self._open.pop()
        value: Located = (
            Items(tuple(collection.parts), collection.line, collection.col)
            if collection.kind == "list"
            else self._mapping(collection)
        )
        return self._put(Hole(collection.line, collection.col) if collection.tagged else value)

    def _scalar(self, event: Any) -> bool:
        line, col = _start(event)
        tagged = self._check_properties(event)
        style = _STYLES[event.style]
        if tagged:
            return self._add(Hole(line, col))
        if not event.value and style == "plain":
            return self._empty(event)
        scalar = Scalar(event.value, style, line, col, event.start_mark.index, event.end_mark.index)
        # Only an escape in double quotes can introduce characters that the guards have not checked.
        if style == "double" and (match := UNSEEN.search(event.value)):
            self._report.error(
                "E103",
                scalar,
                f"the text holds the character {name_of(match.group())}",
                hint="remove the escape",
            )
            return self._add(Hole(line, col))
        return self._add(scalar)

    def _empty(self, event: Any) -> bool:
        """Refuse an empty value; an empty document is an empty file."""
        hole = Hole(*_start(event))
        if not self._open:
            return True
        parent = self._open[-1]
        if parent.kind == "mapping" and len(parent.parts) % 2 == 0:
            self._report.error("E108", hole, "a key is missing before the :", hint="write it")
            return self._add(hole)
        rest = self._text[event.start_mark.index :].split("\n", 1)[0]
        self._report.error(
            "E110",
            hole,
            "the value is empty",
            hint="# starts a comment: quote the text"
            if rest.lstrip().startswith("#")
            else "write a value, or remove the key",
        )
        return self._add(hole)

    def _mapping(self, mapping: _Open) -> Entries:
        """Pair keys with values; a duplicate key is refused."""
        first: dict[str, Scalar] = {}
        entries: list[tuple[Scalar, Located]] = []
        for key, value in zip(mapping.parts[::2], mapping.parts[1::2], strict=True):
            if isinstance(key, Items | Entries):
                self._report.error(
                    "E108", key, "a list or mapping cannot be a key", hint="write one word"
                )
            elif isinstance(key, Scalar) and key.text in first:
                self._report.error(
                    "E107",
                    key,
                    f"the key {quote(key.text)} occurs twice",
                    hint="remove one",
                    related=self._report.place(first[key.text]),
                )
            elif isinstance(key, Scalar):
                first[key.text] = key
                entries.append((key, value))
        return Entries(tuple(entries), mapping.line, mapping.col)

    def _check_properties(self, event: Any) -> bool:
        """Report an anchor or a tag; return whether there is a tag."""
        if event.anchor is not None:
            self._refuse_anchor(event)
        if event.tag is None:
            return False
        self._report.error(
            "E106",
            Place(self._report.file, *_start(event)),
            f"the YAML tag {quote(event.tag)} is not allowed",
            hint='to negate write not:, or quote the text if it begins with "!"',
        )
        return True

    def _refuse_anchor(self, event: Any) -> None:
        self._report.error(
            "E105",
            Place(self._report.file, *_start(event)),
            f"the anchor or alias {quote(event.anchor)} is not allowed",
            hint="quote the text if you meant a wildcard; name what is shared under predicates",
        )

    def _add(self, value: Located) -> bool:
        return self._put(value) and self._count(value.line, value.col)

    def _put(self, value: Located) -> bool:
        if self._open:
            self._open[-1].parts.append(value)
        else:
            self.document = value
        return True

    def _count(self, line: int, col: int) -> bool:
        self._nodes += 1
        if self._nodes <= MAX_NODES:
            return True
        self._report.error(
            "E104",
            Place(self._report.file, line, col),
            f"more than {MAX_NODES} nodes",
            hint="move parts into fragments",
        )
        return False


def _start(event: Any) -> tuple[int, int]:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1
