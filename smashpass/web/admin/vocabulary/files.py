"""The vocabulary as a file: export, and import after a preview."""

from __future__ import annotations

from flask import Response
from flask import request as flask_request
from flask_babel import gettext as _

from smashpass.core.errors import BadInput, Conflict
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.vocabulary.dictionary import DictionaryEntry
from smashpass.services.vocabulary.files import (
    Form,
    ImportTrial,
    form_of,
    read_dictionary,
)
from smashpass.services.vocabulary.service import fingerprint_of
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes

LISTED = 100
"""Number of refused rows and ignored parts that a page shows."""

pages = PageRoutes("tags")


@pages.get("/tags/-/export.csv", role="analyst")
def export_csv(request: AdminRequest) -> Response:
    """The whole vocabulary, for a spreadsheet or another installation."""
    return _export(request, "csv", "text/csv; charset=utf-8")


@pages.get("/tags/-/export.json", role="analyst")
def export_json(request: AdminRequest) -> Response:
    """The same as JSON."""
    return _export(request, "json", "application/json")


@pages.get("/tags/-/export.jsonl", role="analyst")
def export_json_lines(request: AdminRequest) -> Response:
    """The same as JSON Lines."""
    return _export(request, "jsonl", "application/jsonl; charset=utf-8")


@pages.get("/tags/-/import", role="editor")
def import_page(request: AdminRequest) -> Response:
    """The form to choose a file."""
    return _page(request)


@pages.post("/tags/-/import", role="editor", large=True)
def import_file(request: AdminRequest) -> Response:
    """Preview a file, or import it after the preview."""
    try:
        entries = _read()
        if request.form.get("do") != "apply":
            return _page(request, outcome=request.services.vocabulary.try_import(entries))
        return _import_entries(request, entries)
    except (BadInput, Conflict) as error:
        return _page(request, 409 if isinstance(error, Conflict) else 400, error=error)


def _import_entries(request: AdminRequest, entries: list[DictionaryEntry]) -> Response:
    """Import the entries of a file, as one change."""
    change, _planned = request.services.vocabulary.import_entries(
        entries,
        flask_request.files["file"].filename or "",
        by=request.account.name,
        origin=ORIGIN,
        reason=request.form.get("reason", ""),
        previewed=request.form.get("fingerprint", ""),
    )
    message = _("No change was needed.")
    if change is not None:
        message = _("Done: imported as change %(n)s, which can be undone as a whole.", n=change.seq)
    return request.go("/tags", message)


def _read() -> list[DictionaryEntry]:
    """Return the rows of the uploaded file."""
    upload = flask_request.files.get("file")
    if upload is None or not upload.filename:
        raise BadInput("no file was chosen", hint="choose one: CSV, JSON or JSON Lines")
    form = form_of(upload.filename)
    return read_dictionary(upload.read(), f"tags.{form}", form)


def _export(request: AdminRequest, form: Form, kind: str) -> Response:
    text = "".join(request.services.vocabulary.export(form))
    answer = Response(text.encode("utf-8", "replace"), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="tags.{form}"'
    return answer


def _page(
    request: AdminRequest,
    status: int = 200,
    *,
    outcome: ImportTrial | None = None,
    error: BadInput | Conflict | None = None,
) -> Response:
    return request.page(
        "tags_import.html",
        status,
        outcome=outcome,
        fingerprint="" if outcome is None else fingerprint_of(outcome),
        error=error,
        reason=request.form.get("reason", ""),
        listed=LISTED,
        longest_reason=MAX_LENGTH,
    )
