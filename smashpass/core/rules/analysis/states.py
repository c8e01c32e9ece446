"""From the tests of trees to sets of assignments: what an image can be, as far as trees see it.

A variable is a tag that an image may carry, an attribute with its stretches of values, or a
credit. Variables are treated as independent, the tag count included, because a rule test may
combine any values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from smashpass.core.rules.analysis.mdd import DecisionDiagrams, StateSet
from smashpass.core.rules.analysis.universe import Condition, conditions_below
from smashpass.core.rules.compile.compare import constants_of, holds
from smashpass.core.rules.compile.edits import cut, declaration
from smashpass.core.rules.compile.lower import lower_predicate
from smashpass.core.rules.compile.lowered import (
    AtLeastOf,
    Atom,
    EveryOf,
    HasAny,
    Inverse,
    Lowered,
    SomeOf,
    atoms,
)
from smashpass.core.rules.formatting import format_value
from smashpass.core.rules.tree import (
    AllOf,
    AnyOf,
    AtLeast,
    Attribute,
    Compare,
    FacetTest,
    NoneOf,
    NotOf,
    Predicate,
    Tree,
)
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.values import Value, without_fraction

COUNT = "image.tag_count"
_OTHER_TEXT = "something else"


@dataclass(frozen=True, slots=True)
class Witness:
    """An image that a tree can be tried on; attributes that are not named are missing.

    Attributes:
        tags: Names of the tags it carries.
        attributes: Values by full name.
        facets: Credit by ``licence`` or ``source``; no test in a rule file can state one.
    """

    tags: tuple[str, ...] = ()
    attributes: Mapping[str, Value] = field(default_factory=dict)
    facets: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The image as plain mappings and lists."""
        values = {name: without_fraction(value) for name, value in self.attributes.items()}
        return {"tags": list(self.tags), "attrs": values, "facets": dict(self.facets)}

    @property
    def words(self) -> str:
        """The image in words: ``beard, image.width 512``."""
        values = [f"{name} {format_value(value)}" for name, value in self.attributes.items()]
        credit = [f"{name} {text}" for name, text in self.facets.items()]
        return ", ".join([*self.tags, *values, *credit]) or "nothing"


@dataclass(frozen=True, slots=True)
class _Variable:
    """What can differ between two assignments; the first of its values says least.

    ``key`` is the tag, or the name of the attribute or of the credit.
    """

    key: TagId | str
    name: str
    values: tuple[Value | None, ...]
    is_credit: bool = False


class StateSpace:
    """The assignment space of one or more trees, and the sets in which their tests hold."""

    def __init__(self, trees: Sequence[Tree], vocabulary: Vocabulary) -> None:
        """Find the variables, in the order in which the trees first test them.

        Args:
            trees: Whose tests are asked for later.
            vocabulary: The ``universe`` of the trees.

        Raises:
            TooLarge: There are too many.
            BadInput: A query asks for what is the viewer's own.
        """
        self._lowered: dict[Condition, Lowered] = {}
        for tree in trees:
            for condition in conditions_below(tree.root):
                if condition not in self._lowered:
                    self._lowered[condition] = lower_predicate(condition, vocabulary)
        tested = [atom for lowered in self._lowered.values() for atom in atoms(lowered)]
        self._variables = list(_variables(tested, vocabulary, _declared(trees)))
        self._place = {variable.key: place for place, variable in enumerate(self._variables)}
        self.diagrams = DecisionDiagrams([len(variable.values) for variable in self._variables])
        self._known: dict[Predicate, StateSet] = {}

    def of(self, predicate: Predicate) -> StateSet:
        """Return the assignments for which a test of the trees holds.

        Raises:
            TooLarge: It cannot be found in the time allowed.
        """
        if predicate not in self._known:
            self._known[predicate] = self._holding(predicate)
        return self._known[predicate]

    def witness(self, states: StateSet) -> Witness | None:
        """Return an image with one of the assignments, as small as possible, or None."""
        chosen = self.diagrams.example(states)
        if chosen is None:
            return None
        tags: list[str] = []
        attributes: dict[str, Value] = {}
        facets: dict[str, str] = {}
        for variable, place in zip(self._variables, chosen, strict=True):
            value = variable.values[place]
            if not isinstance(variable.key, str):
                if value is True:
                    tags.append(variable.name)
            elif value is not None and variable.is_credit:
                facets[variable.name] = str(value)
            elif value is not None:
                attributes[variable.name] = value
        if attributes.get(COUNT) == len(tags):
            del attributes[COUNT]
        return Witness(tuple(sorted(tags)), attributes, facets)

    def _holding(self, predicate: Predicate) -> StateSet:
        diagrams = self.diagrams
        match predicate:
            case AllOf(items):
                return diagrams.every(self.of(item) for item in items)
            case AnyOf(items):
                return diagrams.some(self.of(item) for item in items)
            case NoneOf(items):
                return diagrams.inverse(diagrams.some(self.of(item) for item in items))
            case NotOf(item):
                return diagrams.inverse(self.of(item))
            case AtLeast(n, items):
                return diagrams.at_least(n, [self.of(item) for item in items])
            case _:
                return self._where(self._lowered[predicate])

    def _where(self, lowered: Lowered) -> StateSet:
        diagrams = self.diagrams
        match lowered:
            case EveryOf(items):
                return diagrams.every(self._where(item) for item in items)
            case SomeOf(items):
                return diagrams.some(self._where(item) for item in items)
            case AtLeastOf(n, items):
                return diagrams.at_least(n, [self._where(item) for item in items])
            case Inverse(item):
                return diagrams.inverse(self._where(item))
            case HasAny(tags, _, _, present):
                carried = diagrams.some(diagrams.where(self._place[tag], (1,)) for tag in tags)
                return carried if present else diagrams.inverse(carried)
            case Compare(attr):
                return self._valued(attr, holds(lowered))
            case FacetTest(name, text):
                return self._valued(name, lambda value: value == text)

    def _valued(self, key: str, answer: Callable[[Value | None], bool]) -> StateSet:
        place = self._place[key]
        met = [at for at, value in enumerate(self._variables[place].values) if answer(value)]
        return self.diagrams.where(place, met)


def _declared(trees: Iterable[Tree]) -> dict[str, Attribute]:
    """Return the declarations of all trees; of two ranges what lies between the outer ends."""
    attributes: dict[str, Attribute] = {}
    for tree in trees:
        for name, attribute in tree.attributes.items():
            earlier = attributes.setdefault(name, attribute)
            lows, highs = (earlier.min, attribute.min), (earlier.max, attribute.max)
            low = None if None in lows else min(end for end in lows if end is not None)
            high = None if None in highs else max(end for end in highs if end is not None)
            attributes[name] = Attribute(name, attribute.type, low, high)
    return attributes


def _variables(
    tested: Iterable[Atom], vocabulary: Vocabulary, declared: Mapping[str, Attribute]
) -> Iterator[_Variable]:
    """Yield one variable for each tag, attribute and credit that is tested."""
    constants: dict[str, set[Value]] = {}
    listed = list(tested)
    for atom in listed:
        if isinstance(atom, Compare):
            constants.setdefault(atom.attr, set()).update(constants_of(atom))
        elif isinstance(atom, FacetTest):
            constants.setdefault(atom.name, set()).add(atom.value)
    yielded: set[TagId | str] = set()
    for atom in listed:
        keys: Iterable[TagId | str]
        match atom:
            case HasAny(tags):
                ordered: list[TagId] = sorted(tags, key=vocabulary.names.__getitem__)
                keys = ordered
            case Compare(attr):
                keys = (attr,)
            case FacetTest(name):
                keys = (name,)
        for key in keys:
            if key in yielded:
                continue
            yielded.add(key)
            if not isinstance(key, str):
                yield _Variable(key, vocabulary.names[key], (False, True))
            elif isinstance(atom, FacetTest):
                yield _Variable(key, key, (None, *sorted(map(str, constants[key]))), True)
            else:
                yield _Variable(key, key, _values(key, constants[key], declared))


def _values(
    attr: str, constants: set[Value], declared: Mapping[str, Attribute]
) -> tuple[Value | None, ...]:
    """Return a value for each stretch of an attribute, what is missing first."""
    attribute = declaration(attr, declared)
    values: list[Value | None] = [cell.value for cell in cut(constants, attribute)]
    if attribute.type == "text":
        other = _OTHER_TEXT
        while other in constants:
            other += "?"
        values.append(other)
    # The number of tags is always known; it says least where it is what the tags add up to.
    return tuple(values) if attr == COUNT else (None, *values)
