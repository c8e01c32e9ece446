"""The parts of ``/transparency`` derived from rules, settings and library."""

from __future__ import annotations

from typing import Any

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.pictures.source_types import describe_source_type
from smashpass.services.privacy.transparency import (
    ORDER,
    changes,
    describe_tree,
    for_minors,
    history_used,
    kept,
)
from smashpass.services.rules.book import DEFAULT_LABEL, RuleBook
from smashpass.services.screening import under_age_terms
from smashpass.web.http.schemas import COUNT, MOMENT, TEXT, listed, maybe, obj

SCHEMA: dict[str, Any] = {
    "operator": obj({"name": maybe(TEXT), "contact": maybe(TEXT)}),
    "order": TEXT,
    "deny_tags": listed(TEXT),
    "under_age_terms": obj({"shipped": COUNT, "added": listed(TEXT)}),
    "history": maybe(obj({"deck": TEXT, "switch_off": TEXT}, more=True)),
    "source_types": maybe(listed(obj({"type": TEXT, "said": TEXT, "images": COUNT}))),
    "retention": listed(obj({"name": TEXT, "what": TEXT, "days": COUNT})),
    "settings": obj({"age_gate": TEXT, "decision_log_percent": COUNT}, more=True),
    "minors": obj(
        {"age_band": TEXT, "protections": listed(obj({"name": TEXT, "said": TEXT}))}, more=True
    ),
    "changes": maybe(
        listed(obj({"revision": TEXT, "at": MOMENT, "reason": TEXT, "active": {"type": "boolean"}}))
    ),
}


def disclosed(parts: Installation, book: RuleBook | None) -> dict[str, object]:
    """Return the current disclosures; null where the database is unavailable."""
    index, values = parts.library.index, parts.settings.values
    added_terms = [term.strip() for term in (values["under_age_terms"] or "").split(",")]
    denied = [name.strip() for name in (values["deny_tags"] or "").split(",")]
    return {
        "operator": {"name": values["operator"], "contact": values["contact"]},
        "order": ORDER,
        "deny_tags": [name for name in denied if name],
        "under_age_terms": {
            "shipped": len(under_age_terms()),
            "added": [term for term in added_terms if term],
        },
        "history": None if book is None else history_used(book, _asked(parts, book)),
        "source_types": _source_types(parts, index.version),
        "retention": kept(parts.kinds_of_data()),
        "settings": {
            "age_gate": values["age_gate"],
            "decision_log_percent": parts.settings.whole("decision_log_percent"),
            "scorer_deadline_ms": parts.settings.whole("scorer_deadline_ms"),
        },
        "minors": for_minors(parts.settings.whole("minor_daily_minutes")),
        "changes": _changes(parts),
    }


def trees(parts: Installation, book: RuleBook) -> list[dict[str, object]]:
    """Describe the active trees."""
    vocabulary = parts.library.index.vocabulary
    return [
        {
            "id": tree.id,
            "title": tree.title,
            "description": tree.description,
            "labels": list(tree.labels),
            "default": DEFAULT_LABEL in tree.labels,
            "asks_a_model": book.compiled(tree, vocabulary).asks_plugins,
            "words": describe_tree(tree),
        }
        for tree in book.trees.values()
    ]


def _asked(parts: Installation, book: RuleBook) -> dict[str, tuple[str, ...]]:
    vocabulary = parts.library.index.vocabulary
    return {
        tree.id: tuple(book.compiled(tree, vocabulary).attributes) for tree in book.trees.values()
    }


def _source_types(parts: Installation, version: int) -> list[dict[str, object]] | None:
    try:
        counts = parts.source_types.counts(version)
    except DatabaseUnavailable:
        return None
    return [
        {"type": name, "said": describe_source_type(name), "images": images}
        for name, images in counts.items()
    ]


def _changes(parts: Installation) -> list[dict[str, object]] | None:
    try:
        return list(changes(parts.revisions.list()))
    except DatabaseUnavailable:
        return None
