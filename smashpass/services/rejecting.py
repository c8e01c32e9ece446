"""Rejecting images of the quarantine: out of sight for good, whatever an import says later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from smashpass.core.change import Change
from smashpass.core.errors import Conflict, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library import ImageRecord, ImageState

REJECTED = "quarantine.reject"
"""The act in the audit trail."""


class Library(Protocol):
    """Where images are."""

    def images(self, ordinals: Iterable[int]) -> Sequence[ImageRecord]:
        """Return everything about ``ordinals``."""

    def set_state(
        self, images: Iterable[int], state: ImageState, *, by: str, origin: str, reason: str
    ) -> Change | None:
        """Show images or take them out of sight."""


class Trail(Protocol):
    """The audit trail."""

    def append(
        self, actor: str, action: str, target: str = "", detail: Mapping[str, Any] | None = None
    ) -> int:
        """Add an entry."""


def reject(
    library: Library, trail: Trail, ordinal: Ordinal, *, by: str, origin: str, reason: str
) -> None:
    """Take an image out of the quarantine and out of sight: no import changes that.

    Its picture, if another image shows it, is left alone: that one passed the gate.

    Raises:
        NotFound: There is no such image.
        Conflict: It is not in quarantine.
    """
    found = library.images([ordinal])
    if not found:
        raise NotFound("there is no such image")
    if found[0].state != "quarantined":
        state = found[0].state.replace("_", " ")
        raise Conflict(f"the image is not in quarantine but {state}")
    library.set_state([ordinal], "taken_down", by=by, origin=origin, reason=f"rejected: {reason}")
    trail.append(by, REJECTED, str(int(ordinal)), {"reason": reason})
