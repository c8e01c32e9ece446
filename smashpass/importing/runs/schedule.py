"""Imports that systemd timers and crontab entries start: read from the machine, never changed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smashpass.clock import Clock
from smashpass.services.importing.ports import Schedule, ScheduledImport

KEPT_US = 60_000_000
"""How long a reading is used again."""
CRON_PLACES = (Path("/etc/crontab"), Path("/etc/cron.d"))
TIMEOUT_S = 2.0
_DAYS = 1_500
"""Days that are searched for the next run of an entry; there is a 29th of February among them."""
_SHORT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_WEEKDAYS = "sun mon tue wed thu fri sat"
_NAMES = {
    **{name: number for number, name in enumerate(_MONTHS.split(), 1)},
    **{name: number for number, name in enumerate(_WEEKDAYS.split())},
}
_CALL = re.compile(r"(?:\bsmashpass['\"]?\s+import|\bimport-library['\"]?)\s+(\S.*)")
_ARGV = re.compile(r"argv\[\]=(.*?) ; ")


class ScheduleReader:
    """Reads the timers and crontab entries that start imports."""

    def __init__(
        self,
        clock: Clock,
        cron_places: Sequence[Path] = (Path("/etc/crontab"), Path("/etc/cron.d")),
    ) -> None:
        """Create it; ``cron_places`` are files with a user in each line, and folders of them."""
        self._clock, self._places = clock, cron_places
        self._lock = threading.Lock()
        self._read: tuple[int, Schedule] | None = None

    def __call__(self) -> Schedule:
        """Return what is scheduled, at most a minute old.

        Cost: three short processes, once a minute.
        """
        with self._lock:
            now = self._clock()
            if self._read is None or not 0 <= now - self._read[0] < KEPT_US:
                self._read = now, self._look(now)
            return self._read[1]

    def _look(self, now: int) -> Schedule:
        problems: list[str] = []
        timers = [*_timers(problems)]
        texts = [("crontab", _run(["crontab", "-l"], problems, quiet=True), False)]
        for path in self._cron_files():
            try:
                texts.append((str(path), path.read_text(errors="replace"), True))
            except OSError as error:
                problems.append(f"{path}: {error.strerror}")
        # Cron counts in local time; without an offset, a change of the clocks is heeded.
        moment = datetime.fromtimestamp(now / 1_000_000, UTC).astimezone().replace(tzinfo=None)
        entries = [
            entry
            for place, text, with_user in texts
            for entry in _cron_entries(place, text, moment, with_user=with_user)
        ]
        return Schedule((*timers, *entries), tuple(problems))

    def _cron_files(self) -> Iterator[Path]:
        for place in self._places:
            if place.is_dir():
                yield from sorted(path for path in place.iterdir() if path.is_file())
            elif place.exists():
                yield place


def source_of(command: str) -> str | None:
    """Return which collection a command imports; None if it does not import.

    The first argument that looks like a path is taken, or else the first without a dash.
    """
    call = _CALL.search(command)
    if call is None:
        return None
    try:
        words = shlex.split(call[1], comments=True)
    except ValueError:
        words = call[1].split()
    arguments: list[str] = []
    for word in words:
        if re.match(r"\d?[<>|;&]", word):
            break
        arguments.append(word)
    paths = [word for word in arguments if word.startswith(("/", ".", "~"))]
    plain = [word for word in arguments if not word.startswith("-")]
    return next(iter([*paths, *plain]), "")


def next_run(when: str, after: datetime) -> datetime | None:
    """Return when a crontab entry is due after a moment; None if never, or if it is not clear."""
    fields = _SHORT.get(when, when).split()
    try:
        minutes, hours, days, months, weekdays = (
            _values(field.lower(), *span) for field, span in zip(fields, _RANGES, strict=True)
        )
    except ValueError:
        return None
    weekdays = {day % 7 for day in weekdays}
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    start = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    for number in range(_DAYS):
        day = start + timedelta(days=number)
        fits = (day.day in days, day.isoweekday() % 7 in weekdays)
        if day.month not in months or not (any(fits) if either else all(fits)):
            continue
        for hour in sorted(hours):
            for minute in sorted(minutes):
                moment = day.replace(hour=hour, minute=minute)
                if moment >= start:
                    return moment
    return None


def _values(field: str, low: int, high: int) -> set[int]:
    """Return the values of one field of a crontab entry.

    Raises:
        ValueError: It is not of the form of crontab(5).
    """
    values: set[int] = set()
    for name, number in _NAMES.items():
        field = field.replace(name, str(number))
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = low if first == "*" else int(first)
        end = high if first == "*" or (step and not last) else int(last or first)
        if not low <= begin <= end <= high:
            raise ValueError(field)
        values.update(range(begin, end + 1, int(step or 1)))
    return values


def _cron_entries(
    place: str, text: str, now: datetime, *, with_user: bool
) -> Iterator[ScheduledImport]:
    """Yield the entries of a crontab that import."""
    for line in text.splitlines():
        entry = line.strip()
        source = source_of(entry)
        if source is None or entry.startswith("#"):
            continue
        short = entry.startswith("@")
        fields = entry.split(None, (1 if short else 5) + with_user)
        when = fields[0] if short else " ".join(fields[:5])
        due = next_run(when, now)
        yield ScheduledImport(
            source, place, when, None, None if due is None else int(due.timestamp()) * 1_000_000
        )


def _timers(problems: list[str]) -> Iterator[ScheduledImport]:
    """Yield the timers of systemd whose services import."""
    text = _run(["systemctl", "list-timers", "--all", "--output=json"], problems)
    if not text:
        return
    try:
        timers = {str(row["activates"]): row for row in json.loads(text)}
    except (ValueError, KeyError, TypeError):
        problems.append("systemctl: its answer is not the JSON of list-timers")
        return
    if not timers:
        return
    shown = _run(["systemctl", "show", "-p", "Id", "-p", "ExecStart", "--", *timers], problems)
    for block in shown.split("\n\n"):
        unit = re.search(r"^Id=(.*)$", block, re.MULTILINE)
        row = timers.get(unit[1]) if unit else None
        sources = [source_of(command) for command in _ARGV.findall(block)]
        for source in sources:
            if source is not None and row is not None:
                yield ScheduledImport(
                    source, str(row.get("unit")), "", _moment(row, "last"), _moment(row, "next")
                )


def _moment(row: dict[str, object], name: str) -> int | None:
    """Return a time of a timer in microseconds since 1970; systemd writes 0 or null for none."""
    value = row.get(name)
    return value if isinstance(value, int) and 0 < value < 1 << 60 else None


def _run(command: list[str], problems: list[str], *, quiet: bool = False) -> str:
    """Return the output of a program; "" if it is not installed, or fails.

    ``quiet`` holds for a program that fails where there is nothing, like ``crontab -l``.
    """
    program = shutil.which(command[0])
    if program is None:
        return ""
    try:
        result = subprocess.run(  # noqa: S603 - a fixed program, no shell
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        problems.append(f"{command[0]} did not answer within {TIMEOUT_S:.0f} s")
        return ""
    except OSError as error:
        problems.append(f"{command[0]}: {error.strerror}")
        return ""
    if result.returncode:
        if not quiet:
            lines = result.stderr.decode(errors="replace").strip().splitlines()
            problems.append(f"{command[0]}: {lines[0] if lines else result.returncode}")
        return ""
    return result.stdout.decode(errors="replace")
