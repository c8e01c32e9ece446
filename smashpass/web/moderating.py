"""Builds the moderation service of an installation."""

from __future__ import annotations

import time

from smashpass.bootstrap.installation import Installation
from smashpass.services.moderation.cases import Moderation


def moment_now() -> int:
    """Return the time in microseconds since 1970, UTC."""
    return time.time_ns() // 1_000


def moderation_of(parts: Installation) -> Moderation:
    """Return the moderation service of an installation."""
    return Moderation(
        cases=parts.notices,
        library=parts.catalogue,
        takedown=parts.takedown,
        trail=parts.audit,
        find=parts.image_ids.decode,
        now=moment_now,
    )
