"""The smallest changes of an image that turn its verdict, each one proved by running the tree.

The search repairs: it takes a test on the image's path that keeps it from the other verdict,
and tries every change that could alter that test's result. If some set of changes turns the
verdict, then the first test that it answers differently must be altered by one of them; so no
set of up to three changes is missed, and only tests that were tried are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, NamedTuple

from smashpass.core.library.facts import Facts
from smashpass.core.rules.attributes import is_plugin
from smashpass.core.rules.compile.closures import End
from smashpass.core.rules.compile.compile import CompiledTree
from smashpass.core.rules.compile.edits import Interval, format_interval, options
from smashpass.core.rules.compile.lowered import Atom, HasAny
from smashpass.core.rules.compile.probe import Trace, certain
from smashpass.core.rules.decision import Flip
from smashpass.core.rules.explain.plain_language import describe_change, describe_interval
from smashpass.core.rules.explain.words import tag_words
from smashpass.core.rules.tree import Compare, FacetTest
from smashpass.core.tags.names import TagId
from smashpass.core.values import Value, Verdict

MAX_CHANGES = 3
"""More changes at once are another image, not an explanation."""
MAX_TRIES = 20_000
"""Bounds the time of one search: about 0.1 s, reached only by trees with hundreds of tests."""

COUNT = "image.tag_count"


class FlipEdit(NamedTuple):
    """One change: an added tag, a removed own tag, or another value."""

    kind: Literal["with", "without", "moved"]
    tag: TagId = TagId(0)
    attr: str = ""
    value: Value = 0.0


Changes = frozenset[FlipEdit]


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """The image after some changes, and the tests that it passed."""

    changes: Changes
    facts: Facts
    trace: Trace


def flips(
    compiled: CompiledTree, facts: Facts, verdict: Verdict, limit: int = 3
) -> tuple[Flip, ...]:
    """Return up to ``limit`` changes that turn ``verdict``, all of the smallest number.

    Only the image is changed: tags added or taken away, ``image.*`` values moved. A lottery is
    reached only if it cannot draw the same verdict again, and a score only if it is known, or known
    to be missing. Changing a tag changes
    ``image.tag_count`` with it, which is moved by itself only if nothing else is changed.

    Returns:
        The changes in words, in the order found: those for the deepest tests first. Empty if
        more than three changes are needed, or nothing about the image can turn the verdict.
        Cost: about 5 µs for each set of changes tried, as a rule below 1 ms.
    """
    goal: Verdict = "pass" if verdict == "smash" else "smash"
    search = _Search(compiled, facts, goal, limit)
    return tuple(Flip(text, goal, sentence) for text, sentence in search.run())


@dataclass(slots=True)
class _Search:
    """One search; ``waiting[n]`` holds the states after ``n`` changes that still fail."""

    compiled: CompiledTree
    facts: Facts
    goal: Verdict
    limit: int
    waiting: list[list[_State]] = field(default_factory=lambda: [[] for _ in range(MAX_CHANGES)])
    found: list[dict[str, str]] = field(
        default_factory=lambda: [{} for _ in range(MAX_CHANGES + 1)]
    )
    seen: set[Changes] = field(default_factory=set)
    sources: dict[TagId, frozenset[TagId]] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    """The scores that this image was asked for and has none of."""

    def run(self) -> list[tuple[str, str]]:
        """Return the smallest changes, exactly and as people say them; none if there are none."""
        if self.limit <= 0:
            return []
        effective = self.compiled.lowered.vocabulary.effective
        self.sources = {tag: effective((tag,)) for tag in self.facts.own if tag > 0}
        _, trace = self.compiled.trace(self.facts)
        self.missing = _scores_without_value(trace)
        self.waiting[0].append(_State(frozenset(), self.facts, trace))
        for size in range(MAX_CHANGES):
            for state in self.waiting[size]:
                self.expand(state, size + 1)
            if self.found[size + 1] or len(self.seen) >= MAX_TRIES:
                return list(self.found[size + 1].items())[: self.limit]
        return []

    def expand(self, state: _State, smallest: int) -> None:
        """Try every change that could alter a test which keeps ``state`` from the goal."""
        for probe, result, _ in reversed(state.trace):
            way = probe.way
            if way is None or self.goal not in (way.if_false if result else way.if_true):
                continue
            for atom, speaks in way.literals:
                for change in self.repairs(atom, speaks is not result, state):
                    if len(self.found[smallest]) >= self.limit or len(self.seen) >= MAX_TRIES:
                        return
                    self.attempt(state.changes | change)

    def repairs(self, atom: Atom, expected: bool, state: _State) -> Iterator[Changes]:
        """Yield the changes that make ``atom`` answer ``expected``; none if it does already."""
        match atom:
            case HasAny(tags, _, _, present):
                having = not tags.isdisjoint(state.facts.tags)
                if having is (expected is present):
                    return
                yield from self.dropped(tags, state) if having else self.added(atom)
            case Compare(attr) if attr in self.compiled.edits.cells:
                yield from self.moved(atom, expected, state)
            case Compare() | FacetTest():
                return

    def added(self, atom: HasAny) -> Iterator[Changes]:
        for tag in self.compiled.edits.adds[atom]:
            yield frozenset((FlipEdit("with", tag),))

    def dropped(self, tags: frozenset[TagId], state: _State) -> Iterator[Changes]:
        """All own tags that lead to one of ``tags`` must go, unless a change just added one."""
        effects = self.compiled.edits.effects
        for change in state.changes:
            if change.kind == "with" and not tags.isdisjoint(effects[change.tag]):
                return
        gone = {change.tag for change in state.changes if change.kind == "without"}
        leading = [
            raw_tag
            for raw_tag, effect in self.sources.items()
            if raw_tag not in gone and not tags.isdisjoint(effect)
        ]
        if leading:
            yield frozenset(FlipEdit("without", raw_tag) for raw_tag in leading)

    def moved(self, compare: Compare, expected: bool, state: _State) -> Iterator[Changes]:
        attr = compare.attr
        if any(change.attr == attr for change in state.changes):
            return
        cells = options(compare, self.compiled.edits.cells[attr], expected)
        cells.sort(key=_nearness(state.facts.value(attr)))
        current = state.facts.value(attr)
        for cell in cells:
            if cell.value != current:
                yield frozenset((_to(attr, cell),))

    def attempt(self, changes: Changes) -> None:
        """Run the tree on the changed image; keep the changes as found or as a start for more."""
        if len(changes) > MAX_CHANGES or changes in self.seen:
            return
        if len(changes) > 1 and any(change.attr == COUNT for change in changes):
            return
        self.seen.add(changes)
        facts = self.changed(changes)
        end, trace = self.compiled.trace(facts)
        if self.is_goal(end, trace):
            text, sentence = self.texts(changes)
            self.found[len(changes)][text] = sentence
        elif len(changes) < MAX_CHANGES:
            self.waiting[len(changes)].append(_State(changes, facts, trace))

    def is_goal(self, end: End, trace: Trace) -> bool:
        """Whether a path gives the other verdict for certain.

        It does not if it reads a score that nobody has asked for yet: what the rules say without
        the score is not what they will say with it.
        """
        return certain(end) == {self.goal} and _scores_without_value(trace) <= self.missing

    def changed(self, changes: Changes) -> Facts:
        """Return the image as it is after ``changes``."""
        gone = frozenset(change.tag for change in changes if change.kind == "without")
        more = frozenset(change.tag for change in changes if change.kind == "with")
        own_tags, tags = self.facts.own, self.facts.tags
        if gone:
            own_tags = own_tags - gone
            tags = frozenset().union(*(self.sources[tag] for tag in own_tags if tag > 0))
        for tag in more:
            tags = tags | self.compiled.edits.effects[tag]
        moved = {change.attr: change.value for change in changes if change.kind == "moved"}
        count = self.facts.value(COUNT) if gone or more else None
        if count is not None and not isinstance(count, str) and COUNT not in moved:
            moved[COUNT] = count + len(more) - len(gone)
        value = _overlaid(self.facts.value, moved) if moved else self.facts.value
        return Facts(own_tags | more, tags, value, self.facts.facet)

    def texts(self, changes: Changes) -> tuple[str, str]:
        """Return changes exactly and as people say them.

        Values go as far as they can without losing the verdict.
        """
        moved = sorted(change.attr for change in changes if change.kind == "moved")
        spans = self.extents(changes, moved)
        parts = [format_interval(attr, run) for attr, run in spans.items()]
        names: dict[str, dict[str, str]] = {"with": {}, "without": {}}
        for change in changes:
            if change.kind != "moved":
                name = self.compiled.lowered.name(change.tag)
                names[change.kind][name] = tag_words(self.compiled, change.tag)
                parts.append(f"{change.kind} {name}")
        parts.sort(key=lambda part: (not part.startswith("with"), part))
        with_, without = ([words for _, words in sorted(kind.items())] for kind in names.values())
        with_ += [describe_interval(attr, run) for attr, run in spans.items()]
        return " and ".join(parts), describe_change(with_, without)

    def extents(self, changes: Changes, attrs: list[str]) -> dict[str, tuple[Interval, ...]]:
        """Return for each moved attribute the run of cells in which the verdict stays turned.

        Every combination of cells out of the runs is tried, so that the text holds as a whole.
        """
        value = {change.attr: change.value for change in changes if change.kind == "moved"}
        tags = frozenset(change for change in changes if change.kind != "moved")
        cells = self.compiled.edits.cells
        runs = {attr: [c for c in cells[attr] if c.value == value[attr]] for attr in attrs}

        def turned(attr: str, cell: Interval) -> bool:
            others = [
                [_to(name, interval) for interval in runs[name]] for name in attrs if name != attr
            ]
            return all(
                self.is_goal(*self.compiled.trace(self.changed(tags | frozenset(moved))))
                for moved in product([_to(attr, cell)], *others)
            )

        for attr in attrs:
            place = cells[attr].index(runs[attr][0])
            for cell in reversed(cells[attr][:place]):
                if not turned(attr, cell):
                    break
                runs[attr].insert(0, cell)
            for cell in cells[attr][place + 1 :]:
                if not turned(attr, cell):
                    break
                runs[attr].append(cell)
        return {attr: tuple(run) for attr, run in runs.items()}


def _scores_without_value(trace: Trace) -> frozenset[str]:
    """Return the scorers' attributes that a path reads and that have no value."""
    return frozenset(
        probe.atom.attr
        for probe, _, value in trace
        if value is None and isinstance(probe.atom, Compare) and is_plugin(probe.atom.attr)
    )


def _to(attr: str, cell: Interval) -> FlipEdit:
    return FlipEdit("moved", attr=attr, value=cell.value)


def _overlaid(
    value: Callable[[str], Value | None], moved: dict[str, Value]
) -> Callable[[str], Value | None]:
    return lambda name: moved[name] if name in moved else value(name)


def _nearness(current: Value | None) -> Callable[[Interval], float]:
    """Return the sort key: how far a cell lies from the value now; 0 where nothing is near."""

    def distance(cell: Interval) -> float:
        if current is None or isinstance(current, str) or isinstance(cell.value, str):
            return 0.0
        return abs(cell.value - current)

    return distance
