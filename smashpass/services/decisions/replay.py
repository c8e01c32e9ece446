"""Replaying the decision log: each record is decided again, and every difference is reported."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orjson import dumps

from smashpass.core.errors import BadInput, NotFound
from smashpass.core.library.facts import Facts
from smashpass.core.rules.decision import Decision
from smashpass.core.rules.explain.decide import decide
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.rules.book import RuleBook

Books = Callable[[str], RuleBook]
"""Gives the rules of a revision; NotFound if they were never published here."""


WordsAt = Callable[[int], Vocabulary]
"""Gives the vocabulary of a library version."""


@dataclass(frozen=True, slots=True)
class ReplayedDecision:
    """One record, decided again.

    Attributes:
        line: Where it stands, from 1.
        id: Its id.
        library: The library version that it was made from.
        recorded: The decision as it was.
        now: The decision as it is; None if its rules are not there.
        why: What keeps it from being decided again, or "".
    """

    line: int
    id: str
    library: int
    recorded: Mapping[str, Any]
    now: Mapping[str, Any] | None
    why: str = ""

    @property
    def same(self) -> bool:
        """Whether the decision is the same, byte for byte."""
        return self.now is not None and dumps(self.now) == dumps(self.recorded)

    def as_json(self) -> dict[str, object]:
        """The difference as the command line gives it: the parts that are not the same."""
        now = self.now or {}
        names = [
            name for name in dict.fromkeys((*self.recorded, *now))
            if self.recorded.get(name) != now.get(name)
        ]  # fmt: skip
        return {
            "line": self.line,
            "id": self.id,
            "library": self.library,
            "why": self.why,
            "recorded": {name: self.recorded.get(name) for name in names},
            "now": {name: now.get(name) for name in names},
        }


def replay(lines: Iterable[str], books: Books, words_at: WordsAt) -> Iterator[ReplayedDecision]:
    """Decide each record of a log again, from what it says and with the vocabulary of its time.

    Args:
        lines: The log; a last line without its end, as a crash leaves it, is passed over.
        books: Gives the rules.
        words_at: Gives the tags with their aliases and implications.

    Raises:
        BadInput: A line is not a decision record.
    """
    for number, line in enumerate(lines, start=1):
        if not line.endswith("\n"):
            return
        if line.isspace():
            continue  # of a viewer who was erased
        try:
            yield _again(number, json.loads(line), books, words_at)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                f"line {number} is not a decision record",
                hint="give a file of the folder `decisions`",
            ) from error


def _again(
    number: int, record: Mapping[str, Any], books: Books, words_at: WordsAt
) -> ReplayedDecision:
    """Decide one record again."""
    recorded = record["decision"]
    head = number, str(record["id"]), int(record["library"]), recorded
    try:
        book = books(record["revision"])
        tree = book.find(record["tree"])
    except NotFound as error:
        return ReplayedDecision(*head, None, error.detail)
    vocabulary = words_at(head[2])
    own_tags, gone = [], []
    for name in record["tags"]:
        tag = vocabulary.find(name)
        if tag is None:
            gone.append(name)
        else:
            own_tags.append(tag)
    values = {
        name: float(value) if type(value) is int else value
        for name, value in record["attrs"].items()
    }
    facts = Facts(
        frozenset(own_tags), vocabulary.effective(own_tags), values.get, record["facets"].get
    )
    decision = decide(
        book.compiled(tree, vocabulary),
        facts,
        revision=book.revision,
        viewer=record["viewer"],
        image=record["image"],
        explain="path" in recorded,
        models=record.get("models", {}),
        fallbacks=record.get("fallbacks", {}),
    )
    why = f"there is no tag {', '.join(gone)} any more" if gone else ""
    return ReplayedDecision(*head, _comparable(decision, recorded), why)


def _comparable(decision: Decision, recorded: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a decision as JSON; without words that records of earlier versions do not have."""
    body: dict[str, Any] = json.loads(dumps(decision.as_json()))
    if "path" in recorded and "explanation" not in recorded:
        del body["explanation"], body["branches"]
        for flip in body["flip"]:
            del flip["text"]
    return body
