"""Bulk edits: an exact preview of adding and removing tags, then a job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from smashpass.core.errors import BadInput, Conflict
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.operations.job import OPEN_STATES, Job
from smashpass.core.tags.names import normalise
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.decks.cards import Card
from smashpass.services.tagging import undo
from smashpass.services.tagging.bulk import BulkEffect, evenly_spaced
from smashpass.web.admin.images.images import query_fault, repairs, why_empty
from smashpass.web.admin.imports.jobs import share_of
from smashpass.web.admin.imports.names import STATES
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.http.lookup import number_of

SAMPLES = 24
FLIP_SAMPLES = 8
"""Pictures of the images whose verdict flips, for either verdict."""
SHARES = 40
MOST_TAGS = 100
MOST_WARNINGS = 2
"""Warnings in the flash message; the preview shows all."""
_SELECTION = "images"
"""Value of the field ``of`` if images were selected one by one."""
_BETWEEN = re.compile(r"[\s,]+")

pages = PageRoutes("images")


@dataclass(frozen=True, slots=True)
class TagShare:
    """How many of the selected images have a tag."""

    name: str
    images: int


@dataclass(frozen=True, slots=True)
class Flips:
    """The images that an edit flips to one verdict, and some of their cards."""

    verdict: str
    images: int
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class BulkForm:
    """A form: tags to add to and remove from the images of a query, or from ``images`` by id."""

    query: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    images: tuple[str, ...] | None = None

    @property
    def whole(self) -> bool:
        """Whether any tag is given."""
        return bool(self.add or self.remove)

    def address(self, *, add: str = "", remove: str = "") -> str:
        """Return the path of the page with one more tag, either added or removed."""
        added_tags = [name for name in self.add if name != remove]
        removed_tags = [name for name in self.remove if name != add]
        return self.with_tags(
            dict.fromkeys([*added_tags, *([add] if add else [])]),
            dict.fromkeys([*removed_tags, *([remove] if remove else [])]),
        )

    def with_tags(self, add: Iterable[str], remove: Iterable[str]) -> str:
        """Return the path of the page for the same images with other tags."""
        return self._address({"q": self.query, "add": " ".join(add), "remove": " ".join(remove)})

    def with_query(self, query: str) -> str:
        """Return the path of the page for another query with the same tags."""
        tags = {"add": " ".join(self.add), "remove": " ".join(self.remove)}
        return f"/bulk?{urlencode({'q': query} | tags)}"

    def _address(self, fields: dict[str, str]) -> str:
        chosen = [] if self.images is None else [("of", _SELECTION)]
        chosen += [("image", image) for image in self.images or ()]
        return f"/bulk?{urlencode([*fields.items(), *chosen])}"


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
            chosen=_chosen(request, form),
        )
    except (BadInput, Conflict) as error:
        return _preview_page(request, form, error)
    warnings = [_("Warning: %(text)s.", text=text) for text in effect.warnings[:MOST_WARNINGS]]
    queued = _("Job %(number)s is queued.", number=number)
    return request.go(f"/bulk/{number}", " ".join([queued, *warnings]))


@pages.get("/bulk/<number>", role="analyst")
def job(request: AdminRequest) -> Response:
    """The progress of a bulk edit or undo job; as JSON for the module."""
    job_record = find_job(request, request.path["number"])
    if request.wants_json:
        return request.json({"jobs": [_progress(job_record)]})
    return request.page(
        "bulk_job.html",
        states=STATES,
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
    if cancelled:
        return request.go(f"/bulk/{number}", _("Stopped. Completed parts stay."))
    ended = _("The job had already ended: %(state)s.", state=job.state)
    return request.go(f"/bulk/{number}", ended)


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
    shares: list[TagShare] = []
    matched = 0
    corrections: list[tuple[str, str]] = []
    try:
        images = _images(request, index, form)
        matched = len(images)
        shares = _shares(request, index, images, form)
        if form.whole:
            effect = services.tagging.preview_bulk(
                form.query, form.add, form.remove, _chosen(request, form)
            )
    except BadInput as refused:
        error, corrections = refused, repairs(form.query, refused)
    flips = [] if effect is None else _flips(request, index, effect)
    rest = SAMPLES - sum(len(side.cards) for side in flips)
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 400
    return request.page(
        "bulk.html",
        status,
        form=form,
        matched=matched,
        shares=shares,
        effect=effect,
        fingerprint="" if effect is None else effect.fingerprint,
        flips=flips,
        samples=[] if effect is None else services.images.cards(index, effect.sample(rest)),
        new=[] if effect is None else _new(index, form),
        error=None if error is None else query_fault(error),
        empty=None
        if error or matched or form.images is not None
        else why_empty(request, form.query),
        fixed=corrections,
        reason=request.form.get("reason", ""),
        longest=MAX_LENGTH,
    )


def _chosen(request: AdminRequest, form: BulkForm) -> list[Ordinal] | None:
    """Return the images that were selected one by one; None for those of the query.

    Raises:
        BadInput: None was selected, or one does not exist.
    """
    if form.images is None:
        return None
    if not form.images:
        raise BadInput("no image is selected", hint="select images first")
    chosen = []
    for image in form.images:
        ordinal = request.services.images.ordinal_of(image)
        if ordinal is None:
            raise BadInput(f"there is no image {image[:40]!r}", hint="select images again")
        chosen.append(ordinal)
    return chosen


def _images(request: AdminRequest, index: Index, form: BulkForm) -> ImageSet:
    """Return the live images that a form is about."""
    chosen = _chosen(request, form)
    if chosen is None:
        return request.services.search.matching(index, form.query)
    return ImageSet(chosen) & index.live


def _shares(
    request: AdminRequest, index: Index, images: ImageSet, form: BulkForm
) -> list[TagShare]:
    """Return how many of some images have each of their common tags and of the form's tags."""
    names = index.vocabulary.names
    rows = request.services.tagging.common_tags(index, images, SHARES)
    shares = {names[row.tag]: row.both for row in rows}
    for name in map(normalise, (*form.add, *form.remove)):
        tag = index.vocabulary.find(name)
        if tag is not None and name not in shares:
            shares[name] = images.intersection_cardinality(index.having(tag))
    return [TagShare(name, count) for name, count in shares.items()]


def _flips(request: AdminRequest, index: Index, effect: BulkEffect) -> list[Flips]:
    """Return the images that flip to either verdict, with examples."""
    return [
        Flips(
            verdict,
            len(images),
            request.services.images.cards(index, evenly_spaced(images, FLIP_SAMPLES)),
        )
        for verdict, images in (("smash", effect.to_smash), ("pass", effect.to_pass))
        if images
    ]


def _new(index: Index, form: BulkForm) -> list[str]:
    """Return tags that do not exist yet: possibly typos."""
    return [name for name in form.add if index.vocabulary.find(normalise(name)) is None]


def _form_of(fields: MultiDict[str, str]) -> BulkForm:
    """Parse the fields of an address or a form."""
    tags = [
        tuple(dict.fromkeys(name for name in _BETWEEN.split(fields.get(kind, "")) if name))
        for kind in ("add", "remove")
    ]
    images = tuple(dict.fromkeys(fields.getlist("image")))
    return BulkForm(
        fields.get("q", "").strip(),
        tags[0][:MOST_TAGS],
        tags[1][:MOST_TAGS],
        images if fields.get("of") == _SELECTION else None,
    )


def _progress(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "state": job.state,
        "state_name": str(STATES[job.state]),
        "done": job.done,
        "total": job.total,
        "share": share_of(job),
        "change": job.change,
        "error": job.error,
    }
