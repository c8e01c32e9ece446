"""Jobs: past, current and queued work of the job process."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _

from smashpass.core.operations.job import OPEN_STATES, Job
from smashpass.web.admin.imports.names import KINDS, STATES, advice
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.http.lookup import id_of, number_of

PAGE = 100

pages = PageRoutes("imports")


@pages.get("/jobs", role="analyst")
def jobs(request: AdminRequest) -> Response:
    """The jobs, newest first; as JSON for the module."""
    before = number_of(request.args.get("before", ""), 0) or None
    page = request.services.jobs.newest(before, PAGE)
    if request.wants_json:
        return request.json({"jobs": [_progress(job) for job in page]})
    following = page[-1].id if len(page) == PAGE and page[-1].id > 1 else None
    return request.page(
        "jobs.html",
        jobs=page,
        before=before,
        following=following,
        busy=any(job.state in OPEN_STATES for job in page),
        share=share_of,
        open_states=OPEN_STATES,
        kinds=KINDS,
        states=STATES,
        advice=advice,
    )


@pages.post("/jobs/<number>/cancel", role="editor")
def cancel(request: AdminRequest) -> Response:
    """Cancel a job that has not ended; completed parts stay and can be reverted."""
    number = id_of(request.path["number"], "job")
    job, cancelled = request.services.jobs.cancel(number, by=request.account.name, origin=ORIGIN)
    message = _("Job %(number)s is cancelled.", number=number)
    if not cancelled:
        message = _(
            "Job %(number)s had already ended: %(state)s.", number=number, state=STATES[job.state]
        )
    return request.go("/jobs", message)


def share_of(job: Job) -> int:
    """Return the progress of a job in percent; 0 if unknown."""
    return min(100, 100 * job.done // job.total) if job.total else 0


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
