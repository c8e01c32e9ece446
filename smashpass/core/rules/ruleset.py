"""Sets of rules as read: the trees, their tests, and everything that is wrong with the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from smashpass.core.errors import RulesInvalid
from smashpass.core.problems import Problem
from smashpass.core.rules.analysis.places import TreePlaces
from smashpass.core.rules.canonical import revision_of
from smashpass.core.rules.example import Example
from smashpass.core.rules.tree import Tree


@dataclass(frozen=True)
class RuleSet:
    """The content of a set of rule files.

    Attributes:
        trees: The trees without errors, by id.
        examples: The tests of each of these trees, by tree id.
        checked: All trees as far as they could be read, so that every mistake in them is found.
        files: The texts as written, by path relative to the rules folder.
        problems: All problems, by file and place.
        display_names: By path relative to the rules folder, the name of the file in problems.
        ids: By path relative to the rules folder, the id of each file that could be read.
        places: By tree id, where the parts of the tree stand.
        unused: Warnings about unused definitions, if nothing has an error.
        usable: By path, what each file that could be read may name.
    """

    trees: tuple[Tree, ...]
    examples: Mapping[str, tuple[Example, ...]]
    checked: tuple[CheckedTree, ...]
    files: Mapping[str, str]
    problems: tuple[Problem, ...]
    display_names: Mapping[str, str]
    ids: Mapping[str, str]
    places: Mapping[str, TreePlaces]
    unused: tuple[Problem, ...]
    usable: Mapping[str, UsableNames]

    @cached_property
    def revision(self) -> str:
        """The revision of the trees: 64 hexadecimal digits."""
        return revision_of(self.trees)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the set from being used."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The texts by the names that problems have for them."""
        return {self.display_names[key]: text for key, text in self.files.items()}

    def require(self) -> RuleSet:
        """Return the set itself.

        Raises:
            RulesInvalid: It has an error.
        """
        if self.errors:
            raise RulesInvalid(self.problems)
        return self


@dataclass(frozen=True, slots=True)
class UsableNames:
    """What a rule file may name, besides tags.

    Attributes:
        predicates: After ``is``: its own, bare, and all as ``fragment.name``.
        nodes: After ``use``, written in the same way.
        attributes: After ``attr``.
    """

    predicates: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        """The names by the key of the rule language that they follow."""
        return {
            "is": list(self.predicates),
            "use": list(self.nodes),
            "attr": list(self.attributes),
        }


@dataclass(frozen=True, slots=True)
class Unread:
    """What of a tree could not be read.

    Attributes:
        conditions: Patterns of the tags that stand for conditions.
        leaves: Ids of leaves of which nothing but the id is known.
        texts: Texts in the parts that could not be read; ids of leaves may be among them.
        all_known: Whether all ids of leaves are among those of the tree and ``texts``.
        placeholders: Ids of the leaves that stand for parts of which not even the id is known.
    """

    conditions: frozenset[str] = frozenset()
    leaves: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    all_known: bool = True
    placeholders: frozenset[str] = frozenset()


NOTHING = Unread()


@dataclass(frozen=True, slots=True)
class CheckedTree:
    """A tree as far as it could be read, with what is needed to check it.

    Attributes:
        tree: The tree, with something in the place of what could not be read.
        examples: Its tests, those that are not whole among them.
        places: Where its parts stand.
        unread: What could not be read.
    """

    tree: Tree
    examples: tuple[Example, ...]
    places: TreePlaces
    unread: Unread = NOTHING
