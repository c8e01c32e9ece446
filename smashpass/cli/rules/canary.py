"""``smashpass rules canary``: a second revision beside the active one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from smashpass.cli.arguments import rules_path
from smashpass.cli.installation import open_installation, operator
from smashpass.cli.output import json_option, moment, print_json, print_text, visible
from smashpass.core.errors import RulesInvalid
from smashpass.core.rules.revision import Canary
from smashpass.rulefiles.load import RuleSet, load
from smashpass.rulefiles.render import render_all
from smashpass.services.rules.canary import CanaryControl
from smashpass.services.rules.revision_names import SHOWN_DIGITS


@click.command(epilog="Example: smashpass rules canary rules --percent 5")
@click.argument("path", type=rules_path, required=False)
@click.option("--revision", metavar="REV", help="An earlier revision instead of files.")
@click.option(
    "--percent",
    type=click.IntRange(0, 100),
    metavar="P",
    help="For how many viewers it decides; 0: for none, it only counts what would differ.",
)
@click.option("--off", is_flag=True, help="End the canary: the active revision decides alone.")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept with the canary.")
@json_option
def canary(
    path: str | None,
    revision: str | None,
    percent: int | None,
    off: bool,
    reason: str,
    as_json: bool,
) -> int:
    """Let rules run beside the active ones for some viewers, and count what differs.

    PATH is a folder, taken for the whole set, or a file, taken for its tree in the active set.
    Without PATH, tell how the canary that runs is doing. Publish the same rules to promote it.
    """
    asked = path is not None or revision is not None
    if off and (asked or percent is not None):
        raise click.UsageError("--off goes with nothing else")
    if path is not None and revision is not None:
        raise click.UsageError("give either PATH or --revision")
    if asked != (percent is not None):
        raise click.UsageError("give rules together with --percent")
    if path is not None and percent is not None:
        return _start(path, percent, reason, as_json=as_json)
    canaries = open_installation().canarying
    if off:
        _print(canaries.stop(by=operator(), origin="cli"), "ended", as_json=as_json)
    elif revision is not None and percent is not None:
        found = canaries.start_revision(
            revision, percent, by=operator(), origin="cli", reason=reason
        )
        _print(found, "started", as_json=as_json)
    else:
        _tell(canaries, as_json=as_json)
    return 0


def canary_line(found: Canary) -> str:
    """Return what a canary is, on one line."""
    share = f"decides for {found.percent} % of viewers" if found.percent else "only counts"
    return f"canary {found.sha256[:SHOWN_DIGITS]} {share}"


def _start(path: str, percent: int, reason: str, *, as_json: bool) -> int:
    """Start a canary from files; return the exit code."""
    rules: RuleSet = load([path])
    try:
        rules.require()
        whole = os.path.isdir(path)  # noqa: PTH112 - never raises
        canaries = open_installation().canarying
        found = canaries.start(
            rules, percent, whole=whole, by=operator(), origin="cli", reason=reason
        )
    except RulesInvalid as invalid:
        errors = sum(problem.severity == "error" for problem in invalid.problems)
        detail = f"no canary: the rules have {errors} error{'' if errors == 1 else 's'}"
        if as_json:
            problems = [problem.as_json() for problem in invalid.problems]
            print_json({"code": invalid.code, "detail": detail, "problems": problems})
        else:
            click.echo(render_all(invalid.problems, rules.texts) + "\n", err=True)
            click.echo(f"smashpass: {detail}", err=True)
        return 1
    _print(found, "started", as_json=as_json)
    return 0


def _tell(canaries: CanaryControl, *, as_json: bool) -> None:
    """Tell how the canary that runs is doing."""
    found = canaries.current()
    if found is not None:
        _print(found, "runs", as_json=as_json)
    elif as_json:
        print_json({"canary": None})
    else:
        click.echo("no canary runs")


def _print(found: Canary, what: str, *, as_json: bool) -> None:
    """Print a canary with what was counted."""
    if as_json:
        print_json({"canary": found.as_json(), "state": what})
        return
    click.echo(f"{canary_line(found)}; {what}")
    print_text("\n".join(_lines(found)))


def _lines(found: Canary) -> Iterator[str]:
    counts = found.counts
    yield f"since {moment(found.at)} by {visible(found.by)}: {found.reason}"
    yield (
        f"{counts.compared} decisions compared: {counts.to_smash} turn to smash, "
        f"{counts.to_pass} to pass, {counts.moved} come to another leaf, {counts.unsure} unsure"
    )
    for each in counts.sample:
        yield f"  {each['image']} in {each['tree']}: {each['before']} → {each['after']}"
