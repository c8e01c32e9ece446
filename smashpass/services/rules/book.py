"""Deciding: one image of the library, or a list of tags, by a tree of the active revision."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from smashpass.core.errors import BadInput, BadTag, UnknownTree
from smashpass.core.library.facts import Facts
from smashpass.core.rules.attributes import BUILT_IN, MAX_TEXT_VALUE, has_type, is_image
from smashpass.core.rules.compile.compile import CompiledTree, compile_tree
from smashpass.core.rules.decision import Decision
from smashpass.core.rules.explain.decide import decide
from smashpass.core.rules.tree import Attribute, Tree, default_tree
from smashpass.core.tags.names import normalise
from smashpass.core.tags.nearest import Neighbourhood
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.values import Value

# Not all that float() takes: 1_000 and digits of other scripts stay texts, as in rule files.
_NUMBER = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE
)


class _Kind(NamedTuple):
    """What the values of a type are called, and one of them."""

    what: str
    example: str


_KINDS: Mapping[str, _Kind] = {
    "integer": _Kind("a whole number", "512"),
    "number": _Kind("a number", "0.5"),
    "boolean": _Kind("true or false", "true"),
    "text": _Kind(f"a text of at most {MAX_TEXT_VALUE} characters", "word"),
}


class NoDefaultTree(BadInput):
    """No tree is named and none carries the label ``default``."""

    code = "no_default_tree"


@dataclass(frozen=True)
class RuleBook:
    """The trees of one revision, and their compiled forms for the vocabulary last asked for.

    Safe to share between threads: a compiled tree may be made twice, never wrongly.

    Attributes:
        revision: The sha256 of the revision.
        trees: Its trees by id.
        number: The number under which the database keeps it; 0 if it does not.
    """

    revision: str
    trees: Mapping[str, Tree]
    number: int = 0
    _compiled: dict[str, tuple[Vocabulary, CompiledTree]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, revision: str, trees: Iterable[Tree], number: int = 0) -> RuleBook:
        """Make a book of ``trees``, whose ids are unique."""
        return cls(revision, {tree.id: tree for tree in trees}, number)

    def find(self, name: str | None) -> Tree:
        """Return the tree named, or the one labelled ``default``.

        Raises:
            UnknownTree: There is no such tree; the nearest names come first.
            NoDefaultTree: None is named, and none is labelled ``default``.
        """
        if name is not None:
            if name not in self.trees:
                raise self._unknown(name)
            return self.trees[name]
        default = default_tree(self.trees.values())
        if default is not None:
            return default
        raise NoDefaultTree(
            "no tree of the active revision is labelled 'default'",
            hint=f"name one: {', '.join(sorted(self.trees)) or 'none is published'}",
        )

    def _unknown(self, name: str) -> UnknownTree:
        """Return the error for a tree that is not there, with the names that might be meant."""
        near = [
            tree_id for tree_id, _ in Neighbourhood((tree, tree) for tree in self.trees).near(name)
        ]
        names = [*near, *sorted(self.trees.keys() - near)]
        return UnknownTree(
            f"the active revision has no tree {name!r}",
            hint=f"did you mean {near[0]}?" if near else f"it has {', '.join(names) or 'none'}",
            suggestions=names,
        )

    def has(self, name: str | None) -> bool:
        """Tell whether :meth:`find` would find a tree."""
        if name is not None:
            return name in self.trees
        return default_tree(self.trees.values()) is not None

    def compiled(self, tree: Tree, vocabulary: Vocabulary) -> CompiledTree:
        """Return ``tree`` compiled against ``vocabulary``; kept until the vocabulary changes."""
        cached = self._compiled.get(tree.id)
        if cached is None or cached[0] is not vocabulary:
            cached = (vocabulary, compile_tree(tree, vocabulary))
            self._compiled[tree.id] = cached
        return cached[1]


def decide_tags(
    book: RuleBook,
    vocabulary: Vocabulary,
    tags: Collection[str],
    attributes: Mapping[str, Value],
    *,
    tree: str | None = None,
    viewer: str = "",
    explain: bool = False,
) -> Decision:
    """Decide an image that need not exist, from its tags and attributes.

    Unknown tags count as absent, undeclared attributes are never read. ``image.tag_count`` is
    the number of tags unless it is given.

    Raises:
        BadTag: A text is not a valid tag name.
    """
    facts = facts_from_tags(vocabulary, tags, attributes)
    compiled = book.compiled(book.find(tree), vocabulary)
    return decide(compiled, facts, revision=book.revision, viewer=viewer, image="", explain=explain)


def facts_from_tags(
    vocabulary: Vocabulary, tags: Collection[str], attributes: Mapping[str, Value]
) -> Facts:
    """Return an image that need not exist, as :func:`decide_tags` sees it.

    Raises:
        BadTag: A text is not a valid tag name.
    """
    names = {normalise(tag) for tag in tags}
    own_tags = frozenset(tag_id for name in names if (tag_id := vocabulary.find(name)) is not None)
    values: dict[str, Value] = {"image.tag_count": float(len(names)), **attributes}
    return Facts(
        own=own_tags,
        tags=vocabulary.effective(own_tags),
        value=values.get,
        facet=lambda _name: None,
    )


def parse_attributes(pairs: Iterable[str], tree: Tree | None = None) -> dict[str, Value]:
    """Read ``name=value`` texts: numbers as numbers, ``true`` and ``false``, else as text.

    With a tree, values must be of the types that it declares or that are built in; what else
    begins with ``image.`` is a number of the library, which queries can ask for.

    Raises:
        BadInput: A text has no ``=`` or no name, a name stands twice, or a number
            cannot be compared: ``nan``, or beyond what a float holds. With a tree, a value is of
            another type than its attribute.
    """
    values: dict[str, Value] = {}
    for pair in pairs:
        name, equals, text = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            raise BadInput(
                f"{pair!r} is not an attribute with a value", hint="write it as image.width=512"
            )
        if name in values:
            raise BadInput(f"the attribute {name!r} is given twice", hint="give it once")
        attribute = None if tree is None else _attribute(name, tree)
        if attribute is not None and attribute.type == "text":
            values[name] = text
        else:
            values[name] = _value(name, text)
        if attribute is not None and not has_type(values[name], attribute):
            kind = _KINDS[attribute.type]
            raise BadInput(
                f"the attribute {name!r} is {text[:40]!r}, but it must be {kind.what}",
                hint=f"write it as {name}={kind.example}",
            )
    return values


def _attribute(name: str, tree: Tree) -> Attribute | None:
    """Return what a tree knows of an attribute; None if nothing is known."""
    declared = tree.attributes.get(name) or BUILT_IN.get(name)
    return Attribute(name, "number") if declared is None and is_image(name) else declared


def split_tags(text: str) -> list[str]:
    """Split a comma-separated list of tags; empty parts are dropped.

    Raises:
        BadTag: Nothing is left.
    """
    tags = [part for part in (piece.strip() for piece in text.split(",")) if part]
    if not tags:
        raise BadTag("no tag is given", hint="write tags as a,b,c")
    return tags


def _value(name: str, text: str) -> Value:
    """Return the value that ``text`` writes."""
    if text in {"true", "false"}:
        return text == "true"
    if not _NUMBER.fullmatch(text):
        return text
    number = float(text)
    if not math.isfinite(number):
        raise BadInput(
            f"the attribute {name!r} is {text!r}, which cannot be compared",
            hint="give a number that is finite and below 1e308",
        )
    return number
