"""Jobs: what the job process has done, does and will do."""

from __future__ import annotations

from flask import Response

from smashpass.core.errors import NotFound
from smashpass.core.operations.job import Job
from smashpass.services.runtime.job_control import cancel_job
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.vocabulary.vocabulary import number_of

PAGE = 100
_OPEN = ("queued", "running")

pages = PageRoutes("imports")


@pages.get("/jobs", who="analyst")
def jobs(ask: AdminRequest) -> Response:
    """The jobs, newest first; for a module how far those are that have not ended."""
    before = number_of(ask.args.get("before", ""), 0) or None
    found = ask.parts.jobs.newest(before, PAGE)
    if ask.wants_json:
        return ask.json({"jobs": [_progress(one) for one in found]})
    following = found[-1].id if len(found) == PAGE and found[-1].id > 1 else None
    return ask.page(
        "jobs.html",
        jobs=found,
        before=before,
        following=following,
        busy=any(one.state in _OPEN for one in found),
        share=share_of,
        open_states=_OPEN,
    )


@pages.post("/jobs/<number>/cancel", who="editor")
def cancel(ask: AdminRequest) -> Response:
    """Cancel a job that has not ended; what it did in whole parts stays, and can be reverted."""
    number = number_of(ask.path["number"], 0)
    if not number:
        raise NotFound(f"there is no job {ask.path['number'][:40]!r}")
    jobs, trail = ask.parts.jobs, ask.parts.audit
    job, cancelled = cancel_job(jobs, trail, number, by=ask.account.name, origin=ORIGIN)
    ended = "is" if cancelled else "had ended already:"
    return ask.go("/jobs", f"Job {number} {ended} {job.state}.")


def share_of(job: Job) -> int:
    """Return how far a job is, in percent; 0 where nobody knows."""
    return min(100, 100 * job.done // job.total) if job.total else 0


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
