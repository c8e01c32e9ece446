"""Random questions of one to six terms, in our language and in those of the peers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from bench.library import FACET_NAMES, OTHER_NAMES, TAIL_NAMES

MOST_TERMS = 6
_WILD = ("hair:*", "eyes:b*", "style:*", "hat:*", "trait_00*", "trait_1*", "kind:p*")


@dataclass(frozen=True, slots=True)
class Question:
    """Images that have one of the tags of each group, and none of ``lacking``."""

    groups: tuple[tuple[str, ...], ...]
    lacking: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The question in our language."""
        parts = [
            group[0] if len(group) == 1 else f"({' OR '.join(group)})" for group in self.groups
        ]
        return " AND ".join([*parts, *(f"NOT {tag}" for tag in self.lacking)])

    @property
    def match(self) -> str:
        """The question in the language of FTS5, whose NOT stands between two operands."""
        parts = [f"({' OR '.join(map(_fts5, group))})" for group in self.groups]
        text = f"({' AND '.join(parts)})"
        return text + "".join(f" NOT {_fts5(tag)}" for tag in self.lacking)

    @property
    def tsquery(self) -> str:
        """The question in the language of PostgreSQL's text search."""
        parts = [f"({' | '.join(map(_lexeme, group))})" for group in self.groups]
        return " & ".join([*parts, *(f"!{_lexeme(tag)}" for tag in self.lacking)])


def questions(count: int, seed: int) -> Iterator[Question]:
    """Yield ``count`` questions; common tags, rare ones and wildcards in turn."""
    rng = Random(f"questions {seed}")
    for _ in range(count):
        terms = [_tag(rng) for _ in range(rng.randint(1, MOST_TERMS))]
        lacking = []
        while len(terms) > 1 and rng.random() < 0.3:
            lacking.append(terms.pop())
        groups: list[tuple[str, ...]] = []
        while terms:
            size = 2 if len(terms) > 1 and rng.random() < 0.3 else 1
            groups.append(tuple(terms[:size]))
            del terms[:size]
        yield Question(tuple(groups), tuple(lacking))


def _tag(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(FACET_NAMES + OTHER_NAMES)
    if kind < 0.9:
        return TAIL_NAMES[int(len(TAIL_NAMES) * rng.random() ** 3)]
    return rng.choice(_WILD)


def _fts5(tag: str) -> str:
    return f'"{tag[:-1]}"*' if tag.endswith("*") else f'"{tag}"'


def _lexeme(tag: str) -> str:
    return f"'{tag[:-1]}':*" if tag.endswith("*") else f"'{tag}'"
