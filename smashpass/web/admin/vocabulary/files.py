"""The vocabulary as a file: given out whole, and brought in after a look at what it would do."""

from __future__ import annotations

import hashlib

from flask import Response, request

from smashpass.core.errors import BadInput, Conflict
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.vocabulary.dictionary import DictionaryEntry, dictionary_of
from smashpass.services.vocabulary.files import (
    Form,
    ImportTrial,
    form_of,
    import_dictionary,
    read_dictionary,
    try_dictionary,
    write_dictionary,
)
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes

LISTED = 100
"""Rows that are refused, and parts that are left out, that a page shows."""

pages = PageRoutes("tags")


@pages.get("/tags/-/export.csv", who="analyst")
def export_csv(ask: AdminRequest) -> Response:
    """The whole vocabulary, for a spreadsheet or another installation."""
    return _export(ask, "csv", "text/csv; charset=utf-8")


@pages.get("/tags/-/export.json", who="analyst")
def export_json(ask: AdminRequest) -> Response:
    """The same as JSON."""
    return _export(ask, "json", "application/json")


@pages.get("/tags/-/export.jsonl", who="analyst")
def export_json_lines(ask: AdminRequest) -> Response:
    """The same as JSON Lines."""
    return _export(ask, "jsonl", "application/jsonl; charset=utf-8")


@pages.get("/tags/-/import", who="editor")
def bring(ask: AdminRequest) -> Response:
    """Where a file is chosen."""
    return _page(ask)


@pages.post("/tags/-/import", who="editor", large=True)
def brought(ask: AdminRequest) -> Response:
    """Look at a file, or bring it in after that."""
    try:
        words = _read()
        outcome = _outcome(ask, words)
        if ask.form.get("do") != "apply":
            return _page(ask, outcome=outcome)
        if ask.form.get("seal") != _seal(outcome):
            raise Conflict(
                "this is not what you looked at: another file, or the library was edited since",
                hint="look at it again",
            )
        return _bring(ask, words)
    except (BadInput, Conflict) as error:
        return _page(ask, 409 if isinstance(error, Conflict) else 400, error=error)


def _bring(ask: AdminRequest, words: list[DictionaryEntry]) -> Response:
    """Bring the words of a file in, as one change."""
    parts = ask.parts
    change, _ = import_dictionary(
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


def _outcome(ask: AdminRequest, words: list[DictionaryEntry]) -> ImportTrial:
    """Return what a file would do to the library as it is now."""
    parts = ask.parts
    parts.library.refresh()
    return try_dictionary(parts.library.index, parts.catalogue.tags(), words, parts.rules.trees)


def _seal(outcome: ImportTrial) -> str:
    """Return the digest of what was shown; the form sends it back."""
    shown = repr((outcome.planned.edit, outcome.impact))
    return hashlib.sha256(shown.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _read() -> list[DictionaryEntry]:
    """Return the rows of the file that came with the form."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadInput("no file was chosen", hint="choose one: CSV, JSON or JSON Lines")
    form = form_of(sent.filename)
    return read_dictionary(sent.read(), f"tags.{form}", form)


def _export(ask: AdminRequest, form: Form, kind: str) -> Response:
    parts = ask.parts
    parts.library.refresh()
    with parts.catalogue.view() as view:
        words = dictionary_of(view.vocabulary(), view.tags())
    text = "".join(write_dictionary(words, parts.library.index, form))
    answer = Response(text.encode("utf-8", "replace"), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="tags.{form}"'
    return answer


def _page(
    ask: AdminRequest,
    status: int = 200,
    *,
    outcome: ImportTrial | None = None,
    error: BadInput | Conflict | None = None,
) -> Response:
    return ask.page(
        "tags_import.html",
        status,
        outcome=outcome,
        seal="" if outcome is None else _seal(outcome),
        error=error,
        reason=ask.form.get("reason", ""),
        listed=LISTED,
        longest_reason=MAX_LENGTH,
    )
