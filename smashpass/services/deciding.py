"""Deciding: one image of the library, or a list of tags, by a tree of the active revision."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from smashpass.core.decision import Decision
from smashpass.core.errors import BadInput, BadTag, NotFound
from smashpass.core.facts import Facts
from smashpass.core.imageset import Ordinal
from smashpass.core.index import Index
from smashpass.core.rules.compile import CompiledTree, compile_tree
from smashpass.core.rules.decide import decide
from smashpass.core.rules.tree import Tree, Value
from smashpass.core.tags import normalise
from smashpass.core.vocabulary import Vocabulary

DEFAULT_LABEL = "default"
# Not all that float() takes: 1_000 and digits of other scripts stay texts, as in rule files.
_NUMBER = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE
)


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
            NotFound: There is no such tree.
            NoDefaultTree: None is named, and none is labelled ``default``.
        """
        if name is not None:
            if name not in self.trees:
                raise NotFound(
                    f"the active revision has no tree {name!r}",
                    hint=f"it has {', '.join(sorted(self.trees)) or 'none'}",
                    suggestions=sorted(self.trees),
                )
            return self.trees[name]
        for tree in self.trees.values():
            if DEFAULT_LABEL in tree.labels:
                return tree
        raise NoDefaultTree(
            "no tree of the active revision is labelled 'default'",
            hint=f"name one: {', '.join(sorted(self.trees)) or 'none is published'}",
        )

    def has(self, name: str | None) -> bool:
        """Tell whether :meth:`find` would find a tree."""
        if name is not None:
            return name in self.trees
        return any(DEFAULT_LABEL in tree.labels for tree in self.trees.values())

    def compiled(self, tree: Tree, vocabulary: Vocabulary) -> CompiledTree:
        """Return ``tree`` compiled against ``vocabulary``; kept until the vocabulary changes."""
        kept = self._compiled.get(tree.id)
        if kept is None or kept[0] is not vocabulary:
            kept = (vocabulary, compile_tree(tree, vocabulary))
            self._compiled[tree.id] = kept
        return kept[1]


def decide_image(
    book: RuleBook,
    index: Index,
    ordinal: Ordinal,
    image: str,
    *,
    tree: str | None = None,
    viewer: str = "",
    given: Mapping[str, Value] | None = None,
    explain: bool = False,
) -> Decision:
    """Decide one image of the library.

    Args:
        book: The active revision.
        index: The library version to read.
        ordinal: Which image.
        image: Its public id; part of what a lottery is drawn from.
        tree: Name of the tree; None takes the one labelled ``default``.
        viewer: Id of the viewer; "" for nobody.
        given: Values of ``viewer.*``, ``query.*`` and ``plugin.*`` attributes.
        explain: Whether path and flips are wanted.
    """
    chosen = book.find(tree)
    compiled = book.compiled(chosen, index.vocabulary)
    facts = index.facts(ordinal, given or {})
    return decide(
        compiled, facts, revision=book.revision, viewer=viewer, image=image, explain=explain
    )


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
        BadTag: A text can be no tag name.
    """
    facts = made_up(vocabulary, tags, attributes)
    compiled = book.compiled(book.find(tree), vocabulary)
    return decide(compiled, facts, revision=book.revision, viewer=viewer, image="", explain=explain)


def made_up(
    vocabulary: Vocabulary, tags: Collection[str], attributes: Mapping[str, Value]
) -> Facts:
    """Return an image that need not exist, as :func:`decide_tags` sees it.

    Raises:
        BadTag: A text can be no tag name.
    """
    names = {normalise(tag) for tag in tags}
    own = frozenset(found for name in names if (found := vocabulary.find(name)) is not None)
    values: dict[str, Value] = {"image.tag_count": float(len(names)), **attributes}
    return Facts(
        own=own, tags=vocabulary.effective(own), value=values.get, facet=lambda _name: None
    )


def parse_attributes(pairs: Iterable[str]) -> dict[str, Value]:
    """Read ``name=value`` texts: numbers as numbers, ``true`` and ``false``, else as text.

    Raises:
        BadInput: A text has no ``=`` or no name, a name stands twice, or a number is none that
            can be compared: ``nan``, or beyond what a float holds.
    """
    values: dict[str, Value] = {}
    for pair in pairs:
        name, equals, text = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            raise BadInput(f"{pair!r} is no attribute", hint="write it as image.width=512")
        if name in values:
            raise BadInput(f"the attribute {name!r} is given twice", hint="give it once")
        values[name] = _value(name, text)
    return values


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
            f"the attribute {name!r} is {text!r}", hint="give a number that is not too large"
        )
    return number
