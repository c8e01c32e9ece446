"""Rejecting images of the quarantine: out of sight for good, whatever an import says later."""

from __future__ import annotations

from smashpass.core.errors import Conflict, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.operations.audit import AuditAction
from smashpass.core.text.reasons import read_reason
from smashpass.services.ports.library import LibraryStore, PictureFiles
from smashpass.services.ports.operations import AuditTrail


def reject(
    library: LibraryStore,
    files: PictureFiles,
    trail: AuditTrail,
    ordinal: Ordinal,
    *,
    by: str,
    origin: str,
    reason: str,
) -> None:
    """Take an image out of the quarantine and out of sight: no import changes that.

    The files of its picture go, unless another image has it that is shown, hidden, or waits in
    quarantine itself. Killed before they are gone, they stay on disk and are sent to nobody.

    Raises:
        NotFound: There is no such image.
        Conflict: It is not in quarantine.
    """
    reason = read_reason(reason)
    records = library.images([ordinal])
    if not records:
        raise NotFound("there is no such image")
    if records[0].state != "quarantined":
        state = records[0].state.replace("_", " ")
        raise Conflict(f"the image is not in quarantine but {state}")
    library.set_state([ordinal], "taken_down", by=by, origin=origin, reason=f"rejected: {reason}")
    sha256 = records[0].sha256
    if sha256 and not set(library.states_with(sha256)) - {"taken_down"}:
        files.remove(sha256)
    # The image was out of sight before, so the change log has no entry that would carry this one.
    detail = {"origin": origin, "reason": reason}
    trail.append(by, AuditAction.QUARANTINE_REJECT, str(int(ordinal)), detail)
