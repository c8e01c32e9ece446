"""Cells of CSV files that a spreadsheet takes for text, whatever they hold.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break is computed by the
programs that people open such files with. An apostrophe before it makes it text; one that stands
there already gets another one, so that every cell can be read back exactly.
"""

from __future__ import annotations

import re

_COMPUTED = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")


def guarded(cell: str) -> str:
    """Return a cell as it is written."""
    return f"'{cell}" if _COMPUTED.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return what a cell was before :func:`guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell
