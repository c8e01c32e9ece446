"""Bulk edits: what giving and taking tags would do, exactly, before it is done as a job."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response
from werkzeug.datastructures import MultiDict

from smashpass.core.errors import BadInput, Conflict, NotFound, NotPossible
from smashpass.core.explore.related import Related
from smashpass.core.library.index import Index
from smashpass.core.operations.job import Job
from smashpass.core.rules.tree import Tree
from smashpass.core.tags.names import normalise
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.runtime.job_control import cancel_job
from smashpass.services.search.search import matching, read_query
from smashpass.services.tagging import bulk, undo
from smashpass.services.tagging.bulk import BulkEffect
from smashpass.web.admin.images.images import repairs, why_empty
from smashpass.web.admin.imports.jobs import share_of
from smashpass.web.admin.lookup import cards_of
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.vocabulary.vocabulary import number_of, tag_path

SAMPLES = 24
SHARES = 40
MOST_TAGS = 100
MOST_WARNINGS = 2
"""Warnings that the next page repeats; the preview shows all of them."""
_BETWEEN = re.compile(r"[\s,]+")
_OPEN = ("queued", "running")

pages = PageRoutes("images")


@dataclass(frozen=True, slots=True)
class BulkForm:
    """What a form asks for: tags to be given to and taken from the images of a query."""

    query: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it says what to do."""
        return bool(self.add or self.remove)

    def address(self, *, add: str = "", remove: str = "") -> str:
        """Return the path of the page with one tag more; it is given or taken, not both."""
        given = [name for name in self.add if name != remove]
        taken = [name for name in self.remove if name != add]
        wish = {
            "q": self.query,
            "add": " ".join(dict.fromkeys([*given, *([add] if add else [])])),
            "remove": " ".join(dict.fromkeys([*taken, *([remove] if remove else [])])),
        }
        return f"/bulk?{urlencode(wish)}"


@pages.get("/bulk", who="editor")
def look(ask: AdminRequest) -> Response:
    """The tags of the images that match, and what the edit would do."""
    return _look_page(ask, _wish(ask.args))


@pages.post("/bulk", who="editor")
def apply(ask: AdminRequest) -> Response:
    """Make the edit a job, if it would still do what was shown."""
    parts, wish = ask.parts, _wish(ask.form)
    parts.library.refresh()
    index = parts.library.index
    try:
        if not wish.whole:
            raise BadInput("no tag is named", hint="name tags to add or to remove")
        effect = _effect(ask, index, wish)
        if _seal(effect) != ask.form.get("seal"):
            raise Conflict("the library was edited since, and this would do other things now",
                           hint="preview it again")  # fmt: skip
        number = bulk.request(
            parts.jobs,
            parts.audit,
            effect,
            wish.query,
            wish.add,
            wish.remove,
            by=ask.account.name,
            origin=ORIGIN,
            reason=ask.form.get("reason", ""),
        )
    except (BadInput, Conflict) as error:
        return _look_page(ask, wish, error)
    warned = "".join(f" Warning: {text}." for text in effect.warnings[:MOST_WARNINGS])
    return ask.go(f"/bulk/{number}", f"Job {number} waits for its turn.{warned}")


@pages.get("/bulk/<number>", who="analyst")
def job(ask: AdminRequest) -> Response:
    """How far a bulk edit is, or an undoing; for a module the figures alone."""
    found = find_job(ask, ask.path["number"])
    if ask.wants_json:
        return ask.json({"jobs": [_progress(found)]})
    made = ask.parts.changes.history(origin=undo.ORIGIN.format(found.id), limit=MOST_TAGS)
    return ask.page(
        "bulk_job.html",
        job=found,
        made=[one for one in made if one.images or one.kind == "vocabulary"],
        share=share_of(found),
        busy=found.state in _OPEN,
        undoing=found.kind == undo.KIND,
        query_url=f"/images?{urlencode({'q': str(found.payload.get('query', ''))})}",
    )


@pages.post("/bulk/<number>/cancel", who="editor")
def cancel(ask: AdminRequest) -> Response:
    """Stop a job; the parts that are done stay and can be undone."""
    number = find_job(ask, ask.path["number"]).id
    jobs, trail = ask.parts.jobs, ask.parts.audit
    job, cancelled = cancel_job(jobs, trail, number, by=ask.account.name, origin=ORIGIN)
    message = "Stopped. What was done in whole parts stays."
    return ask.go(
        f"/bulk/{number}", message if cancelled else f"It had ended already: {job.state}."
    )


def find_job(ask: AdminRequest, text: str) -> Job:
    """Return the bulk edit or undoing that an address names.

    Raises:
        NotFound: There is none.
    """
    found = ask.parts.jobs.get(number_of(text, 0))
    if found.kind not in (bulk.KIND, undo.KIND):
        raise NotFound(f"job {found.id} is no bulk edit", hint="see the list of jobs")
    return found


def trees_of(ask: AdminRequest) -> tuple[Tree, ...]:
    """Return the trees that decide; none if nothing is published."""
    try:
        return tuple(ask.parts.rules.book.trees.values())
    except NotPossible:
        return ()


def _look_page(
    ask: AdminRequest, wish: BulkForm, error: BadInput | Conflict | None = None
) -> Response:
    """Return what a wish would do, or why it cannot be."""
    parts = ask.parts
    parts.library.refresh()
    index = parts.library.index
    effect: BulkEffect | None = None
    shares: list[Related] = []
    matched = 0
    fixed: list[tuple[str, str]] = []
    try:
        images = matching(read_query(wish.query, index, parts.tag_finder), index)
        matched = len(images)
        shares = bulk.common_tags(index, images, parts.completion.ranked(index), SHARES)
        if wish.whole:
            effect = _effect(ask, index, wish)
    except BadInput as refused:
        error, fixed = refused, repairs(wish.query, refused)
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 400
    return ask.page(
        "bulk.html",
        status,
        wish=wish,
        matched=matched,
        shares=shares,
        names=index.vocabulary.names,
        effect=effect,
        seal="" if effect is None else _seal(effect),
        samples=[] if effect is None else cards_of(ask, index, effect.sample(SAMPLES)),
        new=[] if effect is None else _new(index, wish),
        error=error,
        empty=None if error or matched else why_empty(ask, wish.query),
        fixed=fixed,
        reason=ask.form.get("reason", ""),
        longest=MAX_LENGTH,
        tag_path=tag_path,
    )


def _effect(ask: AdminRequest, index: Index, wish: BulkForm) -> BulkEffect:
    """Return what a wish would do to the library as ``index`` has it."""
    trees, finder = trees_of(ask), ask.parts.tag_finder
    return bulk.preview(index, wish.query, wish.add, wish.remove, trees, finder)


def _new(index: Index, wish: BulkForm) -> list[str]:
    """Return the tags of a wish that nobody has used before: perhaps slips."""
    return [name for name in wish.add if index.vocabulary.find(normalise(name)) is None]


def _seal(effect: BulkEffect) -> str:
    """Return the figures that were shown; the form sends them back."""
    figures = (effect.matched, effect.changed, effect.turned)
    return "-".join(map(str, (*map(len, figures), effect.added, effect.removed)))


def _wish(given: MultiDict[str, str]) -> BulkForm:
    """Return what the fields of an address or a form ask for."""
    tags = [
        tuple(dict.fromkeys(name for name in _BETWEEN.split(given.get(kind, "")) if name))
        for kind in ("add", "remove")
    ]
    return BulkForm(given.get("q", "").strip(), tags[0][:MOST_TAGS], tags[1][:MOST_TAGS])


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
