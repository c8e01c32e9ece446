"""The vocabulary as a file: CSV, JSON or JSON Lines, the same out and in; dictionaries too.

CSV has a heading; lists of names stand in one cell, with commas. Without a heading a row is
``name,category,count,"aliases"``, the way tag dictionaries are handed around. JSON Lines has an
item of the JSON a line. Counts are written, but ignored when a file is read, because the library
counts for itself.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smashpass.core.errors import BadInput
from smashpass.core.library.stored import Tag
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.text.spreadsheet import guarded, unguarded

COLUMNS = (
    "name",
    "category",
    "label",
    "labels",
    "description",
    "aliases",
    "implications",
    "deprecated",
)
COUNT = "count"
_BARE = ("name", "category", "count", "aliases")
_IGNORED = ("tag_id",)
"""Columns of ``selected_tags.csv``, as taggers of the WD14 family come with it."""
_TAGGER_CATEGORIES = {"0": "general", "4": "character", "9": "rating"}
_LISTS = ("aliases", "implications")
_TRUE = ("true", "yes", "1")


@dataclass(frozen=True, slots=True)
class DictionaryEntry:
    """One tag as a file says it, names not yet normalised; "" and () say nothing.

    ``place`` is the line in CSV, or the number of the item in JSON, from 1; ``labels`` are those
    in other languages, in CSV ``fr=barbe,de=Bart``, in JSON an object.
    """

    place: int
    name: str
    category: str = ""
    label: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    implications: tuple[str, ...] = ()
    deprecated: bool = False
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DictionaryChanges:
    """What became of some tags.

    Attributes:
        names: Every name whose word was edited, or that is new; aliases too.
        entries: Those of them that are tags, as they are now, without what they imply.
    """

    names: frozenset[str]
    entries: tuple[DictionaryEntry, ...]


NOTHING_CHANGED = DictionaryChanges(frozenset(), ())


def dictionary_of(vocabulary: Vocabulary, tags: Iterable[Tag]) -> list[DictionaryEntry]:
    """Return all canonical tags of a vocabulary, by name."""
    names = vocabulary.names
    aliases: dict[int, list[str]] = {}
    for alias, target in vocabulary.aliases.items():
        aliases.setdefault(target, []).append(names[alias])
    return [
        DictionaryEntry(
            place=0,
            name=tag.name,
            category=tag.category,
            label=tag.label,
            description=tag.description,
            aliases=tuple(sorted(aliases.get(tag.id, ()))),
            implications=tuple(
                sorted(names[other] for other in vocabulary.implications.get(tag.id, ()))
            ),
            deprecated=tag.deprecated,
            labels=tag.labels,
        )
        for tag in sorted(tags, key=lambda tag: tag.name)
        if tag.id not in vocabulary.aliases
    ]


def as_json(entry: DictionaryEntry, counts: Mapping[str, int] | None = None) -> dict[str, object]:
    """Return an entry as JSON files have it; with ``counts``, how many images have the tag."""
    return {
        "name": entry.name,
        "category": entry.category,
        "label": entry.label,
        "labels": dict(entry.labels),
        "description": entry.description,
        "aliases": list(entry.aliases),
        "implications": list(entry.implications),
        "deprecated": entry.deprecated,
    } | ({} if counts is None else {COUNT: counts.get(entry.name, 0)})


def as_json_lines(entries: Iterable[DictionaryEntry], counts: Mapping[str, int]) -> Iterator[str]:
    """Yield the lines of a JSON Lines file."""
    for entry in entries:
        yield json.dumps(as_json(entry, counts), ensure_ascii=False, separators=(",", ":")) + "\n"


def as_csv(
    entries: Iterable[DictionaryEntry], counts: Mapping[str, int] | None = None
) -> Iterator[str]:
    """Yield the lines of a CSV file, the heading first; a spreadsheet takes every cell for text.

    With ``counts`` the last column says how many images have the tag.
    """
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    rows: Iterator[Sequence[str]] = (
        (
            entry.name,
            entry.category,
            entry.label,
            ",".join(f"{language}={label}" for language, label in entry.labels),
            entry.description,
            ",".join(entry.aliases),
            ",".join(entry.implications),
            "true" if entry.deprecated else "",
            *(() if counts is None else (str(counts.get(entry.name, 0)),)),
        )
        for entry in entries
    )
    writer.writerow(COLUMNS if counts is None else (*COLUMNS, COUNT))
    for row in rows:
        yield line.getvalue()
        line.seek(0)
        line.truncate()
        writer.writerow(map(guarded, row))
    yield line.getvalue()


def read_csv(text: str, place: str) -> list[DictionaryEntry]:
    """Read CSV, with a heading or as a tag dictionary.

    Raises:
        BadInput: It is no CSV, the heading is not ours, or a row has too many cells.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: Sequence[str] = ()
    entries = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if not columns:
                columns = _heading(row, place)
                if columns is not _BARE:
                    continue
            if len(row) > len(columns):
                raise BadInput(
                    f"the row has {len(row)} cells, {len(columns)} are expected",
                    where=f"{place}:{reader.line_num}",
                    hint='put a cell that holds a comma in quotes, as in "a,b"',
                )
            cells = dict(zip(columns, map(unguarded, row), strict=False))
            entries.append(_from_cells(cells, reader.line_num))
    except csv.Error as error:
        raise BadInput(
            f"not CSV: {error}", where=f"{place}:{reader.line_num}", hint="correct the line"
        ) from error
    return entries


def read_json(text: str, place: str) -> list[DictionaryEntry]:
    """Read JSON: ``{"tags": [...]}`` or the list alone; its items are objects or mere names.

    Raises:
        BadInput: It is no JSON, or not of this form.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{place}:{error.lineno}:{error.colno}"
        raise BadInput(f"not JSON: {error.msg}", where=where, hint="correct the file") from error
    except (RecursionError, ValueError) as error:
        raise BadInput("the JSON cannot be read", where=place, hint="correct it") from error
    items = document.get("tags") if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise BadInput(
            "there is no list of tags", where=place, hint='write {"tags": [{"name": "beard"}]}'
        )
    return [_from_item(item, number, place) for number, item in enumerate(items, 1)]


def read_json_lines(text: str, place: str) -> list[DictionaryEntry]:
    """Read JSON Lines: an item a line, an object or a mere name; empty lines are passed over.

    Raises:
        BadInput: A line is no JSON, or not of this form.
    """
    entries = []
    # Not splitlines(): a text in JSON may hold other ends of lines.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{place}:{number}"
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadInput(
                f"not JSON: {error.msg}", where=f"{where}:{error.colno}", hint="correct the line"
            ) from error
        except (RecursionError, ValueError) as error:
            raise BadInput("the JSON cannot be read", where=where, hint="correct it") from error
        entries.append(_from_item(item, number, where))
    return entries


def _heading(row: Sequence[str], place: str) -> Sequence[str]:
    """Return the columns of a file by its first row."""
    columns = [cell.strip().lower() for cell in row]
    if "name" not in columns:
        return _BARE
    unknown = [cell for cell in columns if cell not in (*COLUMNS, *_BARE, *_IGNORED)]
    if unknown or len(set(columns)) < len(columns):
        problem = f"there is no column {unknown[0]!r}" if unknown else _repeated(columns)
        raise BadInput(problem, where=f"{place}:1", hint=f"use {', '.join(COLUMNS)}")
    return columns


def _repeated(columns: Sequence[str]) -> str:
    name = next(column for column in columns if columns.count(column) > 1)
    return f"the column {name!r} appears twice"


def _from_cells(cells: Mapping[str, str], line: int) -> DictionaryEntry:
    texts = {key: cells.get(key, "") for key in ("name", "category", "label", "description")}
    if "tag_id" in cells:
        category = texts["category"].strip()
        texts["category"] = _TAGGER_CATEGORIES.get(category, category)
    return DictionaryEntry(
        place=line,
        **texts,
        aliases=_listed(cells.get("aliases", "")),
        implications=_listed(cells.get("implications", "")),
        deprecated=cells.get("deprecated", "").strip().lower() in _TRUE,
        labels=tuple(
            (language.strip(), label.strip())
            for language, _, label in (
                part.partition("=") for part in _listed(cells.get("labels", ""))
            )
        ),
    )


def _from_item(item: Any, number: int, place: str) -> DictionaryEntry:
    if isinstance(item, str):
        return DictionaryEntry(number, item)
    fields = dict(item) if isinstance(item, dict) else {}
    fields.pop("count", None)
    valid = (
        "name" in fields
        and fields.keys() <= set(COLUMNS)
        and all(_fits(key, value) for key, value in fields.items())
    )
    if not valid:
        raise BadInput(
            f"item {number} is not a tag",
            where=place,
            hint=f"write an object with name and any of {', '.join(COLUMNS[1:])}",
        )
    fields |= {key: tuple(fields.get(key, ())) for key in _LISTS}
    fields["labels"] = tuple(fields.get("labels", {}).items())
    return DictionaryEntry(number, **fields)


def _fits(key: str, value: object) -> bool:
    """Whether ``value`` has the type that goes with ``key``."""
    if key in _LISTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if key == "labels":
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    return isinstance(value, bool if key == "deprecated" else str)


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part for part in (piece.strip() for piece in cell.split(",")) if part)
