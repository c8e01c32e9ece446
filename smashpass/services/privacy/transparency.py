"""Public facts: how decisions are made, from what, and what is stored. Read from what runs.

Nothing here is written by hand for the occasion: a text that does not follow from the rules, the
settings or the library would be true only on the day it was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from smashpass.core.decks.pace import BREAK_AFTER_US, BREAK_US, DAILY_MINUTES, GAP_US, MINUTE_US
from smashpass.core.library.index import Index
from smashpass.core.protection.minors import MINOR, PROTECTIONS
from smashpass.core.rules.revision import Revision
from smashpass.core.rules.tree import Tree
from smashpass.core.timestamps import moment_text
from smashpass.services.privacy.retention import RetentionRule
from smashpass.services.rules.authoring.outline import OutlineNode, outline
from smashpass.services.rules.book import RuleBook
from smashpass.services.scoring.client import GuardedScorer

CHANGES = 50
"""Revisions that are listed; the older ones can still be read by their number."""

ORDER = (
    "A tree is asked from top to bottom: of the ways out of a question, the first that holds is "
    "taken, so what stands higher counts more. The last way holds where no other does. Each end "
    "gives the verdict, its weight from 0 to 100, and the reason that people see."
)
_OF_THE_VIEWER = "viewer."
_TASTE = "viewer.taste"
_OF_ALL = ("image.smash_rate", "image.swipes")


def describe_tree(tree: Tree) -> list[dict[str, object]]:
    """Return a tree line by line: how deep, when a way is taken, and what is asked or decided."""
    return list(_lines(outline(tree), ""))


def _lines(place: OutlineNode, when: str) -> Iterator[dict[str, object]]:
    """Yield a place and all below it; where one thing is asked, the ways are yes and no."""
    depth = len(place.node_path)
    yield {"depth": depth, "when": when, "said": place.said, "reason": place.reason}
    plain = [child.when for child in place.below] == [place.asked, "else"]
    for number, child in enumerate(place.below):
        yield from _lines(child, ("yes", "no")[number] if plain else child.when)


def history_used(
    book: RuleBook, attributes_by_tree: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    """Return what of somebody's history takes part, and how to switch it off.

    Args:
        book: The rules.
        attributes_by_tree: The attributes that each tree reads, by its id.
    """
    own_history_trees = [
        tree for tree in book.trees if any(_own(name) for name in attributes_by_tree[tree])
    ]
    by_taste = [tree for tree in book.trees if _TASTE in attributes_by_tree[tree]]
    everybody = [
        tree for tree in book.trees if any(name in _OF_ALL for name in attributes_by_tree[tree])
    ]
    return {
        "deck": "A card that you swiped does not come again; unless you order cards by taste, the "
        "order depends on nothing else about you.",
        "taste": "Your taste is worked out from how often you smashed each tag, beside how often "
        "everybody did. It orders cards where you ask for that; "
        + (f"and it is read by {', '.join(by_taste)}." if by_taste else "no tree reads it.")
        + " Nothing of it is stored. Under 18 there is none.",
        "trees_that_read_your_taste": by_taste,
        "trees_that_read_your_swipes": own_history_trees,
        "trees_that_count_everybodys_swipes": everybody,
        "switch_off": "Switch suggestions off under My swipes, and your swipes order no cards, "
        "tell no tree your taste and train no model. Take swipes back or delete them all there; "
        + (
            f"or name a tree that reads none of them (not {', '.join(own_history_trees)})."
            if own_history_trees
            else "no tree reads them."
        ),
    }


def for_minors(daily_minutes: int) -> dict[str, object]:
    """Return what holds for those under 18, and what everybody may set.

    Args:
        daily_minutes: The limit of a day for those who set none.
    """
    figures = {
        "rest": BREAK_US // MINUTE_US,
        "span": BREAK_AFTER_US // MINUTE_US,
        "minutes": daily_minutes,
    }
    return {
        "protections": [
            {"name": name, "said": text % figures} for name, text in PROTECTIONS.items()
        ],
        "daily_limit_if_none_is_set": daily_minutes if "daily_limit" in PROTECTIONS else None,
        "age_band": MINOR,
        "break_after_minutes": BREAK_AFTER_US // MINUTE_US,
        "break_minutes": BREAK_US // MINUTE_US,
        "swiping_goes_on_within_minutes": GAP_US // MINUTE_US,
        "break_can_be_switched_off": "break" not in PROTECTIONS,
        "daily_limit_minutes": {"least": DAILY_MINUTES[0], "most": DAILY_MINUTES[1]},
    }


def models(scorers: Iterable[GuardedScorer], index: Index) -> list[dict[str, object]]:
    """Return who may be asked for values, with what is known before the first answer as well.

    ``fills`` is None for a scorer that fills whatever no other one does; ``version`` is None until
    a scorer that learns it from a server has answered. ``scores`` tells which of its scores are
    kept and used: of which version, and for how many of the images that may be served.
    """
    return [
        {
            "name": scorer.name,
            "version": scorer.version or None,
            "model": scorer.model or None,
            "address": scorer.address or None,
            "fills": None if scorer.attributes is None else sorted(scorer.attributes),
            "scores": [
                {
                    "attribute": name,
                    "model": column.source.model or None,
                    "version": column.source.version or None,
                    "images": index.live.intersection_cardinality(column.present),
                }
                for name, column in sorted(index.scores.items())
                if column.source.scorer == scorer.name
            ],
        }
        for scorer in scorers
    ]


def kept(kinds: Sequence[RetentionRule]) -> list[dict[str, object]]:
    """Return what is kept, and for how many days."""
    return [{"name": kind.name, "what": kind.what, "days": kind.days} for kind in kinds]


def changes(revisions: Sequence[Revision]) -> Iterator[dict[str, object]]:
    """Yield the newest revisions with the reasons they were published for."""
    for revision in revisions[:CHANGES]:
        yield {
            "revision": revision.sha256,
            "at": moment_text(revision.at),
            "reason": revision.reason,
            "active": revision.active,
        }


def _own(name: str) -> bool:
    return name.startswith(_OF_THE_VIEWER)
