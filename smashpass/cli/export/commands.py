"""``smashpass export``: what is kept, for other programs."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import click

from smashpass.cli.export.rows import COLUMNS, NUMBERS, TRUTHS, Row, rows
from smashpass.cli.installation import open_installation
from smashpass.cli.output import json_option, print_json
from smashpass.core.errors import NotPossible
from smashpass.core.text.spreadsheet import guarded

FORMATS = ("jsonl", "csv", "parquet")
GROUP = 50_000
"""Rows that a Parquet file holds together; they are in memory while they are written."""


@click.command(epilog="Example: smashpass export swipes --format parquet --out swipes.parquet")
@click.argument("what", type=click.Choice(tuple(COLUMNS)))
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to; else standard output."
)
@json_option
def command(what: str, form: str, out: Path | None, as_json: bool) -> None:
    """Write swipes, the library or the audit trail out, row by row.

    Viewers have names in it that say who swiped together and open nothing. Times are RFC 3339.
    """
    if as_json and out is None and form != "jsonl":
        raise click.UsageError("--json needs --out, or --format jsonl")
    count = 0

    def counted() -> Iterator[Row]:
        nonlocal count
        for row in rows(open_installation(), what):
            count += 1
            yield row

    found = counted()
    with _place(out) as file:
        if form == "parquet":
            _write_parquet(file, found, COLUMNS[what])
        elif form == "csv":
            _write_csv(file, found, COLUMNS[what])
        else:
            import orjson

            for row in found:
                file.write(orjson.dumps(row) + b"\n")
    if as_json and out is not None:
        print_json({"what": what, "format": form, "rows": count, "file": str(out)})


@contextmanager
def _place(out: Path | None) -> Iterator[BinaryIO]:
    """Yield where to write: a file that is there only when it is whole, or standard output."""
    if out is None:
        yield sys.stdout.buffer
        return
    beside = out.with_name(f".{out.name}.part")
    try:
        with beside.open("wb") as file:
            yield file
        beside.replace(out)
    except OSError as error:
        raise NotPossible(
            f"cannot write the export: {error.strerror}", where=str(out), hint="name another file"
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def _write_csv(file: BinaryIO, found: Iterable[Row], columns: tuple[str, ...]) -> None:
    """Write a heading and lines in which a spreadsheet takes every cell for text."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    for row in found:
        lines.writerow([_cell(value) for value in row.values()])
    text.detach()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(str(value))


def _write_parquet(file: BinaryIO, found: Iterable[Row], columns: tuple[str, ...]) -> None:
    try:
        import pyarrow
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        raise NotPossible(
            "Parquet files need pyarrow", hint="install smashpass[parquet], or use --format csv"
        ) from error

    def kind(name: str) -> Any:
        if name in NUMBERS:
            return pyarrow.int64()
        return pyarrow.bool_() if name in TRUTHS else pyarrow.string()

    schema = pyarrow.schema([(name, kind(name)) for name in columns])
    stream = iter(found)
    with ParquetWriter(file, schema) as writer:
        while group := list(islice(stream, GROUP)):
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
