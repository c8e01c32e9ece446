"""The vocabulary as a file: given out whole, and brought in after a look at what it would do."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from flask import Response, request

from smashpass.core.errors import BadInput, Conflict
from smashpass.services.dictionary import Word, as_csv, words_of
from smashpass.services.dictionary import as_json as word_as_json
from smashpass.services.reasons import MAX_LENGTH
from smashpass.services.word_files import Brought, count_words, import_words, plan_words, read_words
from smashpass.services.word_import import WordImport
from smashpass.services.wording_impact import Impact, impact_of
from smashpass.web.admin.table import ORIGIN, Ask, Pages

LISTED = 100
"""Rows that are refused, and parts that are left out, that a page shows."""

pages = Pages("tags")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file would do."""

    counts: Brought
    planned: WordImport
    impact: Impact
    seal: str


@pages.get("/tags/-/export.csv", who="analyst")
def export_csv(ask: Ask) -> Response:
    """The whole vocabulary, for a spreadsheet or another installation."""
    return _file("".join(as_csv(_words(ask))), "text/csv; charset=utf-8", "tags.csv")


@pages.get("/tags/-/export.json", who="analyst")
def export_json(ask: Ask) -> Response:
    """The same as JSON."""
    text = json.dumps({"tags": [word_as_json(word) for word in _words(ask)]}, ensure_ascii=False)
    return _file(text, "application/json", "tags.json")


@pages.get("/tags/-/import", who="editor")
def bring(ask: Ask) -> Response:
    """Where a file is chosen."""
    return _page(ask)


@pages.post("/tags/-/import", who="editor", large=True)
def brought(ask: Ask) -> Response:
    """Look at a file, or bring it in after that."""
    try:
        words = _read()
        outcome = _outcome(ask, words)
        if ask.form.get("do") != "apply":
            return _page(ask, outcome=outcome)
        if ask.form.get("seal") != outcome.seal:
            raise Conflict(
                "this is not what you looked at: another file, or the library was edited since",
                hint="look at it again",
            )
        return _bring(ask, words)
    except (BadInput, Conflict) as error:
        return _page(ask, 409 if isinstance(error, Conflict) else 400, error=error)


def _bring(ask: Ask, words: list[Word]) -> Response:
    """Bring the words of a file in, as one change."""
    parts = ask.parts
    change, _ = import_words(
        parts.catalogue,
        words,
        request.files["file"].filename or "",
        by=ask.account.name,
        origin=ORIGIN,
        reason=ask.form.get("reason", ""),
    )
    parts.library.refresh()
    told = "No change was needed."
    if change is not None:
        told = f"Done: change {change.seq} brought the file in. It can be taken back as a whole."
    return ask.go("/tags", told)


def _outcome(ask: Ask, words: list[Word]) -> Outcome:
    """Return what a file would do to the library as it is now."""
    parts = ask.parts
    parts.library.refresh()
    index = parts.library.index
    planned = plan_words(index.vocabulary, parts.catalogue.tags(), words)
    impact = impact_of(index, planned.edit, parts.rules.trees)
    seal = hashlib.sha256(repr((planned.edit, impact)).encode("utf-8", "backslashreplace"))
    return Outcome(count_words(words, planned), planned, impact, seal.hexdigest()[:32])


def _read() -> list[Word]:
    """Return the rows of the file that came with the form."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadInput("no file was chosen", hint="choose one, CSV or JSON")
    content = sent.read()
    as_json = sent.filename.lower().endswith(".json")
    return read_words(content, "tags.json" if as_json else "tags.csv", as_json=as_json)


def _words(ask: Ask) -> list[Word]:
    with ask.parts.catalogue.view() as view:
        return words_of(view.vocabulary(), view.tags())


def _file(text: str, kind: str, name: str) -> Response:
    answer = Response(text.encode("utf-8", "replace"), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(
    ask: Ask,
    status: int = 200,
    *,
    outcome: Outcome | None = None,
    error: BadInput | Conflict | None = None,
) -> Response:
    return ask.page(
        "tags_import.html",
        status,
        outcome=outcome,
        error=error,
        reason=ask.form.get("reason", ""),
        listed=LISTED,
        longest_reason=MAX_LENGTH,
    )
