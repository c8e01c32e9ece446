"""Names of jobs, runs and their states for people."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from smashpass.core.operations.job import Job

KINDS = {
    "import": lazy_gettext("Import"),
    "bulk_tags": lazy_gettext("Bulk edit"),
    "revert": lazy_gettext("Undo"),
    "scores": lazy_gettext("Scoring"),
    "erase": lazy_gettext("Removal of a viewer from the logs"),
}
STATES = {
    "queued": lazy_gettext("waiting"),
    "running": lazy_gettext("running"),
    "done": lazy_gettext("done"),
    "failed": lazy_gettext("failed"),
    "cancelled": lazy_gettext("cancelled"),
    "interrupted": lazy_gettext("interrupted"),
}
"""The states of jobs and runs."""


def advice(job: Job) -> str:
    """Return what to do about a failed job."""
    if job.kind == "import":
        text = _("Start the import again: it skips what is already imported.")
    elif job.kind in ("bulk_tags", "revert"):
        text = _("Preview it again and apply it: what is already done is not done twice.")
    elif job.kind == "scores":
        text = _("Check the scorer on the Models page, then start it again.")
    else:
        text = _("It runs again with the next removal. The log of the job process says more.")
    return str(text)
