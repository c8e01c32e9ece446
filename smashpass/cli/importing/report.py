"""Progress of an import: a status line for people, JSON Lines for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence

import click

from smashpass.services.importing.ports import Progress
from smashpass.services.importing.request import Summary
from smashpass.services.importing.tag_knowledge import knowledge_line
from smashpass.services.scoring.fill_report import ScorerFill

SHOWN_REFUSALS = 10
_JSON_EVERY_S = 1.0
_BAR_EVERY_S = 0.2


class ImportReport:
    """Prints the progress of one import.

    People get a status line on standard error if it is a terminal, then warnings and the first
    refused rows there, and the summary on standard output. Programs get JSON Lines on standard
    output and nothing else.
    """

    def __init__(self, *, as_json: bool, quiet: bool, dry_run: bool) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._dry_run = dry_run
        self._bar = sys.stderr.isatty() and not as_json and not quiet
        self._began = self._shown = time.monotonic()
        self._resumed_at = 0
        self._first_refusals: list[str] = []
        self._last: Progress | None = None
        self.recognised = ""
        self.source = ""

    def started(self, run: int | None, resumed_at: int) -> None:
        """Report the source, and the row after which an interrupted run resumes."""
        self._resumed_at = resumed_at
        if self._as_json:
            facts = {"run": run, "source": self.source, "recognised": self.recognised}
            self._json("start", **facts, resumed_at=resumed_at)
        elif self._bar:
            resumption = f", resuming after row {resumed_at:,}" if resumed_at else ""
            self._say(f"importing {self.source} ({self.recognised}){resumption}")

    def refused(self, line: int, key: str, code: str, reason: str) -> None:
        """Collect the first refused rows for the summary; a dry run with JSON prints all."""
        if self._as_json:
            if self._dry_run:
                self._json("refused", line=line, key=key, code=code, reason=reason)
        elif len(self._first_refusals) < SHOWN_REFUSALS:
            quoted_key = f" ({_quoted(key)})" if key else ""
            self._first_refusals.append(f"line {line}{quoted_key}: {reason} [{code}]")

    def progressed(self, progress: Progress) -> None:
        """Update the status line."""
        self._last = progress
        now = time.monotonic()
        if self._as_json:
            if now - self._shown >= _JSON_EVERY_S:
                self._shown = now
                self._json("progress", **progress._asdict(), seconds=round(now - self._began, 1))
        elif self._bar and now - self._shown >= _BAR_EVERY_S:
            self._shown = now
            self._move(_line(progress, now - self._began, self._resumed_at))

    def indexing(self) -> None:
        """Report that all rows are written."""
        if self._bar:
            self._move("building the snapshot")

    def scoring(self, fill: ScorerFill) -> None:
        """Show how far the scorers are."""
        now = time.monotonic()
        if self._bar and now - self._shown >= _BAR_EVERY_S:
            self._shown = now
            self._move(f"scoring: {fill.asked:,} asked, {fill.left:,} to go")

    def warnings(self, texts: Sequence[str]) -> None:
        """Print warnings about data left out without refusing a row."""
        self._clear()
        for text in texts:
            if self._as_json:
                self._json("warning", text=text)
            else:
                self._say(f"warning: {text}")

    def ended(self, summary: Summary) -> None:
        """Print the final summary."""
        self._clear()
        seconds = time.monotonic() - self._began
        if self._as_json:
            counts = ("added", "changed", "unchanged", "refused", "quarantined", "hidden", "shown")
            facts: dict[str, object] = {"run": summary.run, "read": summary.read}
            facts |= {name: getattr(summary, name) for name in counts}
            facts["new_tags"] = len(summary.new_tags)
            facts["dropped_tags"] = summary.dropped_tags
            facts["passed_over"] = dict(sorted(summary.passed_over.items()))
            facts["tag_knowledge"] = {**summary.tag_knowledge, "file": summary.offered or None}
            facts |= {"dry_run": self._dry_run, "resumed_at": summary.resumed_at}
            if summary.scored is not None:
                facts["scored"] = summary.scored
            self._json("summary", **facts, seconds=round(seconds, 3))
            return
        for text in self._first_refusals:
            self._say(text)
        if summary.refused > len(self._first_refusals) > 0:
            self._say(f"and {summary.refused - len(self._first_refusals):,} more")
        if not self._quiet or summary.refused:
            if summary.passed_over:
                click.echo(passed_over_line(summary.passed_over))
            if summary.tag_knowledge:
                click.echo(knowledge_line(summary.tag_knowledge, summary.offered))
            click.echo(summary_line(summary, seconds))

    def interrupted(self) -> None:
        """Report the interruption and how to resume."""
        self._clear()
        rows = self._last.read if self._last is not None else self._resumed_at
        text = f"interrupted after {rows:,} rows"
        if not self._dry_run:
            text += "; run the same command to resume"
        if self._as_json:
            click.echo(json.dumps({"code": "interrupted", "detail": text}))
        else:
            self._say(f"smashpass: {text}")

    def _json(self, kind: str, **facts: object) -> None:
        """Print one line; if the reader is gone, continue silently."""
        try:
            click.echo(json.dumps({"type": kind, **facts}))
        except BrokenPipeError:
            sys.stdout = sys.stderr

    def _say(self, text: str) -> None:
        """Print a line on standard error."""
        click.echo(text, err=True)

    def _move(self, text: str) -> None:
        """Show ``text`` in the status line."""
        click.echo(f"\r\x1b[2K{text}", nl=False, err=True)

    def _clear(self) -> None:
        """Clear the status line."""
        if self._bar:
            self._move("")


def _quoted(key: str) -> str:
    """Return a key in quotes, as ASCII; existing escapes are kept."""
    return ascii(key).replace("\\\\", "\\")


def passed_over_line(counts: Mapping[str, int]) -> str:
    """Describe pictures skipped for their unsupported file type, most common first."""
    kinds = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    parts = ", ".join(f"{ending} {count:,}" for ending, count in kinds)
    return f"passed over {sum(counts.values()):,}: {parts}"


def summary_line(summary: Summary, seconds: float) -> str:
    """Summarise the outcome of all rows in one line."""
    parts = [f"{'imported' if summary.run else 'would import'} {summary.added:,}"]
    if summary.changed:
        parts.append(f"changed {summary.changed:,}")
    parts.append(f"unchanged {summary.unchanged:,}")
    refused = f"refused {summary.refused:,}"
    notes = []
    if summary.quarantined:
        notes.append(f"{summary.quarantined:,} quarantined")
    if summary.refused and summary.run:
        notes.append(f"see runs/{summary.run}/refused.jsonl")
    parts.append(refused + (f" ({'; '.join(notes)})" if notes else ""))
    if summary.hidden:
        parts.append(f"hidden {summary.hidden:,} no longer in the source")
    if summary.shown:
        parts.append(f"shown again {summary.shown:,}")
    if summary.new_tags:
        parts.append(f"new tags {len(summary.new_tags):,}")
    if summary.scored:
        parts.append(f"scored {summary.scored:,}")
    rate = round((summary.read - summary.resumed_at) / max(seconds, 0.001))
    return f"{', '.join(parts)} in {duration(seconds)}, {rate:,}/s"


def duration(seconds: float) -> str:
    """Format a duration as in ``3m12s``."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def _line(progress: Progress, seconds: float, resumed_at: int) -> str:
    """Return the status line: rows, share, rate, time left."""
    share = min(1.0, progress.bytes_read / progress.bytes_total) if progress.bytes_total else 1.0
    rate = (progress.read - resumed_at) / max(seconds, 0.001)
    left = duration(seconds * (1 - share) / share) if share else "?"
    refused = f", {progress.refused:,} refused" if progress.refused else ""
    return f"{progress.read:,} rows{refused}  {share:.0%}  {rate:,.0f}/s  {left} left"
