"""``smashpass doctor``: a health check of the installation."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from smashpass.bootstrap.container import build
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.operations import doctor_checks as checks
from smashpass.cli.output import json_option, print_json, visible
from smashpass.core.errors import SmashpassError
from smashpass.services.operations.scorers import CheckResult
from smashpass.settings import Settings, load

State = Literal["ok", "warn", "fail", "skipped"]
_MARKS: dict[State, str] = {"ok": "ok  ", "warn": "warn", "fail": "FAIL", "skipped": "-   "}


@dataclass(frozen=True, slots=True)
class Result:
    """Result of one check."""

    name: str
    state: State
    detail: str

    def as_json(self) -> dict[str, str]:
        """The result as ``--json`` prints it."""
        return {"name": self.name, "state": self.state, "detail": self.detail}


_NEEDS = {"screening": "snapshot"}
"""Checks that another check depends on, besides the database."""


@click.command(epilog="Example: smashpass doctor")
@json_option
def command(as_json: bool) -> int:
    """Check the installation, one line per check; exit 1 if one fails, warnings excepted.

    Changes nothing, but writes and removes a file where the pictures are. The whole database is
    read, which takes seconds per gigabyte.
    """
    results = []
    for result in _run():
        results.append(result)
        if not as_json:
            # Printed as they complete: the database check may take a while.
            click.echo(f"{_MARKS[result.state]}  {result.name:12}{visible(result.detail)}")
    failed = sum(result.state == "fail" for result in results)
    if as_json:
        print_json({"ok": not failed, "checks": [result.as_json() for result in results]})
    elif failed:
        click.echo(f"{failed} of {len(results)} checks failed")
    return ExitCode.FAILED if failed else ExitCode.DONE


def _run() -> Iterator[Result]:
    """Yield the result of each check; checks that depend on a failed one are skipped."""
    yield _tried("python", checks.packages)
    try:
        settings = load(os.environ)
    except SmashpassError as error:
        yield Result("settings", "fail", str(error))
        return
    yield Result("settings", "ok", checks.describe_settings(settings))
    yield _home(settings.home)
    yield _tried("disk", lambda: checks.disk_space(settings.home))
    yield _tried("secret key", lambda: checks.secret_key(settings))
    yield _files(settings)
    yield _tried("proxy", lambda: checks.proxies(settings))
    yield _tried("lock", lambda: checks.lock(settings.home))
    services = build(settings)
    yield _tried("scorer", services.scorers.check_scorers)
    health = services.health
    if settings.home.is_dir() and not os.access(settings.home, os.W_OK):
        yield Result("media", "skipped", "not checked because the home is read-only")
    else:
        yield _tried("media", health.media)
    yield _tried("sandbox", health.sandbox)
    reachable = _tried("database", health.database)
    yield reachable
    remaining: tuple[tuple[str, Callable[[], str | CheckResult]], ...] = (
        ("durability", health.durability),
        ("integrity", health.integrity),
        ("codes", health.second_factors),
        ("clock", health.clock),
        ("snapshot", health.snapshot),
        ("rules", health.rules),
        ("screening", health.screening),
        ("hashes", health.picture_hashes),
        ("scores", services.scorers.check_scores),
        ("collab", services.collab.check),
        # Where the pictures lie may be what is wrong; then this check fails, not all.
        ("backup", lambda: services.backups.check_age()),
    )
    failed = () if reachable.state == "ok" else ("database",)
    for name, check in remaining:
        needed = [other for other in failed if other in ("database", _NEEDS.get(name))]
        if needed:
            yield Result(name, "skipped", f"not checked because {needed[0]} failed")
            continue
        result = _tried(name, check)
        if result.state == "fail":
            failed = (*failed, name)
        yield result


def _home(home: Path) -> Result:
    """Warn about a read-only home."""
    if home.is_dir() and not os.access(home, os.W_OK):
        return Result("home", "warn", f"{home} is read-only; commands that write will fail")
    return _tried("home", lambda: checks.home_writable(home))


def _files(settings: Settings) -> Result:
    """Warn about files that other users can access."""
    try:
        advice = checks.open_to_others(settings)
    except SmashpassError as error:
        return Result("files", "fail", str(error))
    if advice:
        return Result("files", "warn", advice)
    return Result("files", "ok", "accessible to their owner only")


def _tried(name: str, check: Callable[[], str | CheckResult]) -> Result:
    """Run a check; a failure becomes its result."""
    try:
        found = check()
    except SmashpassError as error:
        return Result(name, "fail", str(error))
    if isinstance(found, CheckResult):
        return Result(name, "warn" if found.is_warning else "ok", found.text)
    return Result(name, "ok", found)
