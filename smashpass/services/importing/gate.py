"""The gate: which records become images of the library, and why the others do not.

A record is judged by itself alone, never by those before it: an import that is resumed in the
middle must come to the same result as one that never stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from smashpass.core.library.credit import ImageRow
from smashpass.core.protection.screening import NameScreen
from smashpass.services.importing.ports import RawRecord, Unreadable
from smashpass.services.importing.rows.cells import (
    RowRefused,
    escaped,
    key_of,
    scalar_of,
    side_of,
    text_of,
)
from smashpass.services.importing.rows.columns import (
    CREDIT_COLUMNS,
    FILE_COLUMNS,
    KEY_COLUMNS,
    MAX_COLUMNS,
    REVIEW_COLUMN,
    Columns,
    sort_columns,
)
from smashpass.services.importing.rows.credits import (
    NO_SOURCE_TYPE,
    CheckedCredit,
    CreditCheck,
    Defect,
    Statements,
)
from smashpass.services.importing.rows.omissions import DroppedTag, Warnings
from smashpass.services.importing.rows.tags import MAX_TAGS, TagMemo, problem_of, split_tags
from smashpass.services.importing.rows.terms import truth_of
from smashpass.services.tagging.screening import screening_of

_ADDRESS = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.-]+://")
_OUT = "download them first and name each in file_name, or import with --media none"
_REMEMBERED_PLANS = 1_000
_REMEMBERED_CREDITS = 100_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that may not be served. ``row`` is what goes into quarantine, None for nothing.

    ``picture_may_settle``: nothing is missing but what its picture may state.
    """

    line: int
    key: str
    code: str
    reason: str
    row: ImageRow | None = None
    picture_may_settle: bool = False


class _ColumnReader:
    """How records with one set of columns are read."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.columns: Columns = sort_columns(names)
        column_of = self.columns.column_of
        self.keys = [(name, column_of[name]) for name in KEY_COLUMNS if name in column_of]
        self.files = [column_of[name] for name in FILE_COLUMNS if name in column_of]
        self.url = column_of.get("url")
        self.tags = column_of.get("tags")
        self.sides = [(name, column_of[name]) for name in ("width", "height") if name in column_of]
        self.label = column_of.get("label")
        self.review = column_of.get(REVIEW_COLUMN)
        self.attributes = self.columns.attributes
        self.credits: dict[tuple[object, ...], CheckedCredit] = {}
        self.credit_of = _getter([column_of.get(name) for name in CREDIT_COLUMNS])
        self.wrong = ""
        if self.columns.clash:
            first, second = self.columns.clash
            self.wrong = f"columns {first!a} and {second!a} mean the same"
        elif len(names) > MAX_COLUMNS:
            self.wrong = f"{len(names):,} columns; {MAX_COLUMNS:,} are possible"

    def key_of(self, fields: Mapping[str, object]) -> str:
        """Return what the source itself calls the image."""
        if self.wrong:
            raise RowRefused("malformed", self.wrong)
        return key_of([(name, fields[column]) for name, column in self.keys])


class Gate:
    """Judges the records of one run; ``warnings`` grows while it does.

    ``dropped`` are the illegal tags of the record that was judged last.
    """

    def __init__(
        self,
        statements: Statements,
        renamed: Mapping[str, tuple[str, ...]] | None = None,
        screen: NameScreen | None = None,
        *,
        pictures: bool = False,
    ) -> None:
        """Make a gate.

        Args:
            statements: What is stated for the whole run.
            renamed: Canonical tag name → the names that stand for it in the library; none: it
                is dropped.
            screen: What may not be shown for its tags; by default for the shipped terms alone.
            pictures: Whether pictures are wanted: a row is then refused that names its picture by
                an address on the net only.

        Raises:
            BadInput: A statement is not of its form.
        """
        statements.check()
        self.warnings = Warnings()
        self._screen = screen or screening_of("", "").names(None)
        self._credits = CreditCheck(statements, self._screen.terms)
        self._tags = TagMemo(self._screen)
        self._renamed = renamed or {}
        self._pictures = pictures
        self._plans: dict[tuple[str, ...], _ColumnReader] = {}
        self.dropped: list[DroppedTag] = []

    def judge(self, record: RawRecord | Unreadable) -> ImageRow | Refusal:
        """Return the image that a record describes, or why it may not be served.

        Cost: about 10 µs for 15 tags, if spellings and credits come again and again.
        """
        self.dropped.clear()
        if isinstance(record, Unreadable):
            return Refusal(record.line, escaped(record.key), record.code, record.reason)
        line, fields, _ = record
        plan = self._plan(tuple(fields))
        key = ""
        try:
            key = plan.key_of(fields)
            row, defects = self._row(plan, key, line, fields)
        except RowRefused as refused:
            return Refusal(line, key or escaped(refused.key), refused.code, refused.reason)
        if not defects:
            return row
        may_settle = bool(row.file) and [defect.code for defect in defects] == [NO_SOURCE_TYPE]
        return Refusal(line, key, defects[0].code, row.refusal, row, may_settle)

    def _row(
        self, plan: _ColumnReader, key: str, line: int, fields: Mapping[str, object]
    ) -> tuple[ImageRow, Sequence[Defect]]:
        """Return the image of a record, with all that speaks against it."""
        judged = self._credit(plan, fields)
        names = self._names(line, key, fields[plan.tags]) if plan.tags else ()
        defects = [*judged.defects, *self._screened(names)]
        width = height = None
        for name, column in plan.sides:
            if name == "width":
                width = side_of(name, fields[column])
            else:
                height = side_of(name, fields[column])
        label = text_of("label", fields[plan.label]) if plan.label else ""
        attributes = self.warnings.numbers(line, plan.attributes, fields) if plan.attributes else ()
        if label and self._screen.terms.severity_of_text(label):
            defects.append(
                Defect("under_age_review", "its label may say that somebody under age is shown")
            )
        if plan.review and _review_required(fields[plan.review]):
            defects.append(Defect("review_required", "its source requires a review"))
        refusal = "; ".join(defect.reason for defect in defects)
        file = _file(plan, fields) if plan.files else ""
        if self._pictures:
            address = file or (_text(fields[plan.url]) if plan.url else "")
            if address and (not file or _ADDRESS.match(file)):
                reason = (
                    f"pictures are not fetched from addresses ({escaped(address[:60])}); {_OUT}"
                )
                raise RowRefused("no_file", reason)
        row = ImageRow(
            key, names, judged.credit, line, width, height, label, attributes, refusal, file
        )
        return row, defects

    def _screened(self, names: Sequence[str]) -> Iterator[Defect]:
        """Yield what the tags say against showing an image.

        Raises:
            RowRefused: One says that somebody under age is shown.
        """
        flagged = self._tags.flagged
        if flagged and (flagged_names := flagged.keys() & names):
            refused = [name for name in flagged_names if flagged[name] == "refuse"]
            if refused:
                reason = f"tagged {min(refused)!a}: a person who is or looks under age"
                raise RowRefused("under_age", reason)
            reason = f"its tag {min(flagged_names)!a} may say that somebody under age is shown"
            yield Defect("under_age_review", reason)
        if self._screen.denied and (denied := self._screen.denied.intersection(names)):
            yield Defect("denied_tag", f"tagged {min(denied)!a}, which is denied here")

    def _plan(self, names: tuple[str, ...]) -> _ColumnReader:
        """Return how to read records with these columns."""
        plan = self._plans.get(names)
        if plan is None:
            if len(self._plans) >= _REMEMBERED_PLANS:
                self._plans.clear()
            plan = self._plans[names] = _ColumnReader(names)
            for name, why in plan.columns.ignored.items():
                self.warnings.ignore(name, why)
            if plan.url and plan.files:
                self.warnings.ignore(plan.url, "pictures are read from files, never from addresses")
        return plan

    def _credit(self, plan: _ColumnReader, fields: Mapping[str, object]) -> CheckedCredit:
        """Return the credit of a record as judged; refuse one that is not to be stored."""
        cells = plan.credit_of(fields)
        texts = tuple([
            value if type(value) is str else scalar_of(column, value)
            for column, value in zip(CREDIT_COLUMNS, cells, strict=True)
        ])  # fmt: skip
        judged = plan.credits.get(texts)
        if judged is None:
            if len(plan.credits) >= _REMEMBERED_CREDITS:
                plan.credits.clear()
            judged = plan.credits[texts] = self._credits.judge(texts)
        if judged.defects:
            for defect in judged.defects:
                if not defect.stored:
                    raise RowRefused(defect.code, defect.reason)
        return judged

    def _names(self, line: int, key: str, cell: object) -> tuple[str, ...]:
        """Return the canonical names of the tags; illegal ones are dropped and noted."""
        spellings = split_tags(cell)
        if len(spellings) > MAX_TAGS:
            reason = f"{len(spellings):,} tags; an image may have {MAX_TAGS:,}"
            raise RowRefused("bad_tags", reason)
        names = dict.fromkeys(map(self._tags.__getitem__, spellings))
        if None in names:
            self.dropped.extend(
                DroppedTag(line, key, escaped(spelling), problem_of(spelling))
                for spelling in spellings
                if self._tags[spelling] is None
            )
            self.warnings.note_dropped(self.dropped)
            del names[None]
        if self._renamed:
            # What a tag said of somebody's age stays said, whatever it is called here.
            flagged = self._tags.flagged
            renamed = (
                new_name
                for name in names
                if name is not None
                for new_name in ((name,) if name in flagged else self._renamed.get(name, (name,)))
            )
            # New names are looked up too, so that those that are flagged are noticed.
            return tuple(
                dict.fromkeys(name for name in map(self._tags.__getitem__, renamed) if name)
            )
        return tuple(names)  # type: ignore[arg-type]  # None was just taken out


def _file(plan: _ColumnReader, fields: Mapping[str, object]) -> str:
    """Return the picture that a record names, as written; other types have been refused."""
    for column in plan.files:
        cell = fields[column]
        if isinstance(cell, str) and cell.strip():
            return cell
    return ""


def _review_required(cell: object) -> bool:
    """Return what a row says of its review.

    Raises:
        RowRefused: Neither true nor false; whoever asks for a review has to get it.
    """
    text = scalar_of(REVIEW_COLUMN, cell)
    required = truth_of(text) if text else False
    if required is None:
        raise RowRefused("bad_review_required", f"{REVIEW_COLUMN} is not true or false")
    return required


def _text(cell: object) -> str:
    """Return a text without blanks around it, "" for what is not one."""
    return cell.strip() if isinstance(cell, str) else ""


def _getter(columns: list[str | None]) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    """Return a function that takes ``columns`` from a record, "" for those that are None."""
    if all(columns):
        return itemgetter(*columns)
    present = [(place, column) for place, column in enumerate(columns) if column is not None]
    empty: list[object] = [""] * len(columns)

    def take(fields: Mapping[str, object]) -> tuple[object, ...]:
        cells = empty.copy()
        for place, column in present:
            cells[place] = fields[column]
        return tuple(cells)

    return take
