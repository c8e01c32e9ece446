"""How commands print: tables for people, one JSON document for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import click

from smashpass.core.tags.joiners import JOINERS

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document and nothing else."
)


def print_json(document: object) -> None:
    """Print ``document`` as one line of JSON on standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def print_text(text: str) -> None:
    """Print untrusted text; terminal control characters are replaced by a mark."""
    lines = text.split("\n")
    click.echo("\n".join(visible(line.replace("\t", "    ")) for line in lines))


def visible(text: str) -> str:
    """Return ``text`` on one line, with a mark for each unprintable character."""
    return "".join(
        character if character.isprintable() or character in JOINERS else "�" for character in text
    )


def moment(at: int) -> str:
    """Return a time (microseconds since 1970, UTC) as RFC 3339, in seconds."""
    return f"{datetime.fromtimestamp(at // 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def print_table(rows: Iterable[Sequence[object]], *, heading: Sequence[str] = ()) -> None:
    """Print rows in columns as wide as their widest cell; numbers are right-aligned."""
    lines = [[_cell(cell) for cell in row] for row in rows]
    if heading:
        lines.insert(0, list(heading))
    if not lines:
        return
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        cells = [
            cell.rjust(width) if cell.replace(",", "").isdigit() else cell.ljust(width)
            for cell, width in zip(line, widths, strict=True)
        ]
        click.echo("  ".join(cells).rstrip())


def _cell(value: object) -> str:
    """Format a table cell: counts with thousands separators."""
    return f"{value:,}" if isinstance(value, int) else str(value)
