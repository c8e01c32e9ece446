"""Bulk edits: an exact preview of adding and removing tags, then a job."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response
from werkzeug.datastructures import MultiDict

from smashpass.core.errors import BadInput, Conflict
from smashpass.core.explore.related import Related
from smashpass.core.library.index import Index
from smashpass.core.operations.job import OPEN_STATES, Job
from smashpass.core.tags.names import normalise
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.tagging import undo
from smashpass.services.tagging.bulk import BulkEffect
from smashpass.web.admin.images.images import repairs, why_empty
from smashpass.web.admin.imports.jobs import share_of
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.http.lookup import number_of

SAMPLES = 24
SHARES = 40
MOST_TAGS = 100
MOST_WARNINGS = 2
"""Warnings in the flash message; the preview shows all."""
_BETWEEN = re.compile(r"[\s,]+")

pages = PageRoutes("images")


@dataclass(frozen=True, slots=True)
class BulkForm:
    """A form: tags to add to and remove from the images of a query."""

    query: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether any tag is given."""
        return bool(self.add or self.remove)

    def address(self, *, add: str = "", remove: str = "") -> str:
        """Return the path of the page with one more tag, either added or removed."""
        added_tags = [name for name in self.add if name != remove]
        removed_tags = [name for name in self.remove if name != add]
        form = {
            "q": self.query,
            "add": " ".join(dict.fromkeys([*added_tags, *([add] if add else [])])),
            "remove": " ".join(dict.fromkeys([*removed_tags, *([remove] if remove else [])])),
        }
        return f"/bulk?{urlencode(form)}"


@pages.get("/bulk", role="editor")
def preview(request: AdminRequest) -> Response:
    """The tags of matching images, and the effect of the edit."""
    return _preview_page(request, _form_of(request.args))


@pages.post("/bulk", role="editor")
def apply(request: AdminRequest) -> Response:
    """Request the edit as a job, if its effect is still the previewed one."""
    form = _form_of(request.form)
    try:
        number, effect = request.services.tagging.request_bulk(
            form.query,
            form.add,
            form.remove,
            by=request.account.name,
            origin=ORIGIN,
            reason=request.form.get("reason", ""),
            previewed=request.form.get("fingerprint", ""),
        )
    except (BadInput, Conflict) as error:
        return _preview_page(request, form, error)
    warned = "".join(f" Warning: {text}." for text in effect.warnings[:MOST_WARNINGS])
    return request.go(f"/bulk/{number}", f"Job {number} is queued.{warned}")


@pages.get("/bulk/<number>", role="analyst")
def job(request: AdminRequest) -> Response:
    """The progress of a bulk edit or undo job; as JSON for the module."""
    job_record = find_job(request, request.path["number"])
    if request.wants_json:
        return request.json({"jobs": [_progress(job_record)]})
    return request.page(
        "bulk_job.html",
        job=job_record,
        made=request.services.changes.of_job(job_record, MOST_TAGS),
        share=share_of(job_record),
        busy=job_record.state in OPEN_STATES,
        undoing=job_record.kind == undo.KIND,
        query_url=f"/images?{urlencode({'q': str(job_record.payload.get('query', ''))})}",
    )


@pages.post("/bulk/<number>/cancel", role="editor")
def cancel(request: AdminRequest) -> Response:
    """Stop a job; completed parts stay and can be undone."""
    number = find_job(request, request.path["number"]).id
    jobs = request.services.jobs
    job, cancelled = jobs.cancel(number, by=request.account.name, origin=ORIGIN)
    message = "Stopped. Completed parts stay."
    return request.go(
        f"/bulk/{number}", message if cancelled else f"The job had already ended: {job.state}."
    )


def find_job(request: AdminRequest, text: str) -> Job:
    """Return the bulk edit or undo job in an address.

    Raises:
        NotFound: There is none.
    """
    return request.services.changes.find_job(number_of(text, 0))


def _preview_page(
    request: AdminRequest, form: BulkForm, error: BadInput | Conflict | None = None
) -> Response:
    """Return the preview of an edit, or why it is impossible."""
    services = request.services
    index = services.library.latest()
    effect: BulkEffect | None = None
    shares: Sequence[Related] = ()
    matched = 0
    corrections: list[tuple[str, str]] = []
    try:
        images = services.search.matching(index, form.query)
        matched = len(images)
        shares = services.tagging.common_tags(index, images, SHARES)
        if form.whole:
            effect = services.tagging.preview_bulk(form.query, form.add, form.remove)
    except BadInput as refused:
        error, corrections = refused, repairs(form.query, refused)
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 400
    return request.page(
        "bulk.html",
        status,
        form=form,
        matched=matched,
        shares=shares,
        names=index.vocabulary.names,
        effect=effect,
        fingerprint="" if effect is None else effect.fingerprint,
        samples=[] if effect is None else services.images.cards(index, effect.sample(SAMPLES)),
        new=[] if effect is None else _new(index, form),
        error=error,
        empty=None if error or matched else why_empty(request, form.query),
        fixed=corrections,
        reason=request.form.get("reason", ""),
        longest=MAX_LENGTH,
    )


def _new(index: Index, form: BulkForm) -> list[str]:
    """Return tags that do not exist yet: possibly typos."""
    return [name for name in form.add if index.vocabulary.find(normalise(name)) is None]


def _form_of(fields: MultiDict[str, str]) -> BulkForm:
    """Parse the fields of an address or a form."""
    tags = [
        tuple(dict.fromkeys(name for name in _BETWEEN.split(fields.get(kind, "")) if name))
        for kind in ("add", "remove")
    ]
    return BulkForm(fields.get("q", "").strip(), tags[0][:MOST_TAGS], tags[1][:MOST_TAGS])


def _progress(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "share": share_of(job),
        "change": job.change,
        "error": job.error,
    }
