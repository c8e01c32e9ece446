"""``smashpass export``: stored data, for other programs."""

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

from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option, print_json
from smashpass.core.errors import NotPossible
from smashpass.core.text.spreadsheet import guarded
from smashpass.services.operations.export import COLUMNS, NUMBERS, TRUTHS, Row

FORMATS = ("jsonl", "csv", "parquet")
GROUP = 50_000
"""Rows per Parquet row group; held in memory while it is written."""


@click.command(epilog="Example: smashpass export swipes --format parquet --out swipes.parquet")
@click.argument("dataset", type=click.Choice(tuple(COLUMNS)))
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Output file; standard output by default.",
)
@json_option
def command(dataset: str, form: str, out: Path | None, as_json: bool) -> None:
    """Export swipes, the library or the audit trail, row by row.

    Viewers are pseudonymous: names link one viewer's swipes, but grant no access.
    Times are RFC 3339.
    """
    if as_json and out is None and form != "jsonl":
        raise click.UsageError("--json needs --out, or --format jsonl")
    count = 0

    def counted() -> Iterator[Row]:
        nonlocal count
        for row in open_services().exports.rows(dataset):
            count += 1
            yield row

    stream = counted()
    with _place(out) as file:
        if form == "parquet":
            _write_parquet(file, stream, COLUMNS[dataset])
        elif form == "csv":
            _write_csv(file, stream, COLUMNS[dataset])
        else:
            import orjson

            for row in stream:
                file.write(orjson.dumps(row) + b"\n")
    if as_json and out is not None:
        print_json({"what": dataset, "format": form, "rows": count, "file": str(out)})


@contextmanager
def _place(out: Path | None) -> Iterator[BinaryIO]:
    """Yield the output stream: standard output, or a file that appears only once complete."""
    if out is None:
        yield sys.stdout.buffer
        return
    partial = out.with_name(f".{out.name}.part")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(out)
    except OSError as error:
        raise NotPossible(
            f"cannot write the export: {error.strerror}", where=str(out), hint="choose another file"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _write_csv(file: BinaryIO, rows: Iterable[Row], columns: tuple[str, ...]) -> None:
    """Write CSV whose cells spreadsheets treat as text, never as formulas."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    for row in rows:
        lines.writerow([_cell(value) for value in row.values()])
    text.detach()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(str(value))


def _write_parquet(file: BinaryIO, rows: Iterable[Row], columns: tuple[str, ...]) -> None:
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
    stream = iter(rows)
    with ParquetWriter(file, schema) as writer:
        while group := list(islice(stream, GROUP)):
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
