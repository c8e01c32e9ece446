"""``smashpass rules canary``: a second revision alongside the active one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from smashpass.cli.arguments import rules_path
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.installation import open_services, operator
from smashpass.cli.output import json_option, moment, print_json, print_text, visible
from smashpass.cli.rules.refusal import refuse
from smashpass.core.errors import RulesInvalid
from smashpass.core.rules.revision import Canary
from smashpass.core.rules.ruleset import RuleSet
from smashpass.rulefiles.load import load
from smashpass.services.rules.revision_names import SHOWN_DIGITS
from smashpass.services.rules.service import RuleService


@click.command(epilog="Example: smashpass rules canary rules --percent 5")
@click.argument("path", type=rules_path, required=False)
@click.option("--revision", metavar="REV", help="Use an earlier revision instead of files.")
@click.option(
    "--percent",
    type=click.IntRange(0, 100),
    metavar="P",
    help="Share of viewers for whom it decides; 0 only counts differences.",
)
@click.option(
    "--off", is_flag=True, help="End the canary; the active revision decides for everyone."
)
@click.option("--reason", default="", metavar="TEXT", help="Reason, recorded with the canary.")
@json_option
def canary(
    path: str | None,
    revision: str | None,
    percent: int | None,
    off: bool,
    reason: str,
    as_json: bool,
) -> int:
    """Run rules alongside the active ones for some viewers, and count differences.

    PATH is a folder with the whole set, or a file that replaces its tree in the active set.
    Without PATH, show the state of the running canary. Publish the same rules to promote it.
    """
    has_rules = path is not None or revision is not None
    if off and (has_rules or percent is not None):
        raise click.UsageError("--off cannot be combined with other options")
    if path is not None and revision is not None:
        raise click.UsageError("give either PATH or --revision")
    if has_rules != (percent is not None):
        raise click.UsageError("give rules together with --percent")
    if path is not None and percent is not None:
        return _start(path, percent, reason, as_json=as_json)
    rules = open_services().rules
    if off:
        _print(rules.stop_canary(by=operator(), origin="cli"), "ended", as_json=as_json)
    elif revision is not None and percent is not None:
        started = rules.start_canary(revision, percent, by=operator(), origin="cli", reason=reason)
        _print(started, "started", as_json=as_json)
    else:
        _show(rules, as_json=as_json)
    return ExitCode.DONE


def canary_line(canary_: Canary) -> str:
    """Describe a canary in one line."""
    share = f"decides for {canary_.percent} % of viewers" if canary_.percent else "only counts"
    return f"canary {canary_.sha256[:SHOWN_DIGITS]} {share}"


def _start(path: str, percent: int, reason: str, *, as_json: bool) -> int:
    """Start a canary from files; return the exit code."""
    rules: RuleSet = load([path])
    try:
        rules.require()
        started = open_services().rules.start_canary(
            rules,
            percent,
            whole=os.path.isdir(path),  # noqa: PTH112 - never raises
            by=operator(),
            origin="cli",
            reason=reason,
        )
    except RulesInvalid as invalid:
        detail = "no canary was started: the rules have {errors}"
        return refuse(invalid, rules, detail, as_json=as_json)
    _print(started, "started", as_json=as_json)
    return ExitCode.DONE


def _show(rules: RuleService, *, as_json: bool) -> None:
    """Show the state of the running canary."""
    current = rules.canary()
    if current is not None:
        _print(current, "runs", as_json=as_json)
    elif as_json:
        print_json({"canary": None})
    else:
        click.echo("no canary is running")


def _print(running: Canary, state: str, *, as_json: bool) -> None:
    """Print a canary with its counts."""
    if as_json:
        print_json({"canary": running.as_json(), "state": state})
        return
    click.echo(f"{canary_line(running)}; {state}")
    print_text("\n".join(_lines(running)))


def _lines(running: Canary) -> Iterator[str]:
    counts = running.counts
    yield f"since {moment(running.at)} by {visible(running.by)}: {running.reason}"
    yield (
        f"{counts.compared} decisions compared: {counts.to_smash} flip to smash, "
        f"{counts.to_pass} to pass, {counts.moved} reach another leaf, {counts.unsure} unsure"
    )
    for example in counts.sample:
        yield f"  {example['image']} in {example['tree']}: {example['before']} → {example['after']}"
