"""The audit trail, as use cases need it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from smashpass.core.operations.audit import AuditAction


class Trail(Protocol):
    """Keeps the acts of those who run and edit this installation."""

    def append(
        self,
        actor: str,
        action: AuditAction,
        target: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> int:
        """Add an entry and return its number."""
