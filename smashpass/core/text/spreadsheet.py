"""Cells of CSV files that spreadsheets always treat as text.

Spreadsheets evaluate cells that begin with ``=``, ``+``, ``-``, ``@``, a tab or a line break. A
leading apostrophe makes such a cell text; an existing one is doubled, so that every cell can be
read back exactly.
"""

from __future__ import annotations

import re

_COMPUTED = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")


def guarded(cell: str) -> str:
    """Return a cell as written to a file."""
    return f"'{cell}" if _COMPUTED.match(cell) else cell


def unguarded(cell: str) -> str:
    """Undo :func:`guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell
