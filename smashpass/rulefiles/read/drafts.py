"""Predicates and nodes as written: checked for their form, with names still unresolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from smashpass.core.problems import Place
from smashpass.core.rules.tree import AnswerWords, Compare, Leaf, Lottery, QueryTest, TagTest


class Target(NamedTuple):
    """A named predicate or node: the file that defines it, and its name there."""

    file: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """A part that could not be read; its problem is already reported.

    ``texts`` are all texts in it, the ids of its leaves among them; None if they are not known.
    """

    at: Place
    texts: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """``is: fragment.predicate`` or ``use: fragment.node``.

    A label goes before the fragment's own: ``wording`` beside ``is``, ``label`` beside ``use``.
    """

    at: Place
    target: Target
    wording: AnswerWords | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """A predicate without parts."""

    at: Place
    test: TagTest | Compare | QueryTest


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A predicate of predicates; ``not`` has one item."""

    at: Place
    kind: Literal["all", "any", "none", "not", "at_least"]
    items: tuple[PredicateDraft, ...]
    n: int = 0
    wording: AnswerWords | None = None


PredicateDraft = Missing | Reference | Single | Group


@dataclass(frozen=True, slots=True, eq=False)
class Ending:
    """A leaf, weighted or not. If it is not ``whole``, only its id could be read."""

    at: Place
    id_at: Place
    end: Leaf | Lottery
    whole: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class DraftArm:
    """One arm: its condition, and what follows."""

    when: PredicateDraft
    then: NodeDraft


@dataclass(frozen=True, slots=True, eq=False)
class Fork:
    """An ``if`` or a ``choose``; ``id`` is "" if none is written."""

    at: Place
    id_at: Place
    id: str
    kind: Literal["if", "choose"]
    ways: tuple[DraftArm, ...]
    otherwise: NodeDraft
    label: str = ""


NodeDraft = Missing | Reference | Ending | Fork


@dataclass(slots=True, eq=False)
class FileDrafts:
    """What one file defines. A name whose body could not be read holds ``Missing``."""

    predicates: dict[str, PredicateDraft]
    nodes: dict[str, NodeDraft]
    root: NodeDraft | None
