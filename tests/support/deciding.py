"""The slow twin of deciding decks: one image at a time, from all that the index has of it."""

from __future__ import annotations

from collections.abc import Mapping

from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.rules.decision import Decision
from smashpass.core.rules.explain.decide import decide
from smashpass.core.values import Value
from smashpass.services.rules.book import RuleBook


def decide_image(
    book: RuleBook,
    index: Index,
    ordinal: Ordinal,
    image: str,
    *,
    tree: str | None = None,
    viewer: str = "",
    context: Mapping[str, Value] | None = None,
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
        context: Values of ``viewer.*``, ``query.*`` and ``plugin.*`` attributes.
        explain: Whether path and flips are wanted.
    """
    chosen = book.find(tree)
    compiled = book.compiled(chosen, index.vocabulary)
    facts = index.facts(ordinal, context or {})
    return decide(
        compiled, facts, revision=book.revision, viewer=viewer, image=image, explain=explain
    )
