"""``smashpass rules impact``: what rules would change, before they are published."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from smashpass.cli.arguments import rules_path
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option, print_json, print_text
from smashpass.cli.rules.refusal import refuse
from smashpass.core.errors import RulesInvalid
from smashpass.core.rules.analysis.impact import Shared
from smashpass.rulefiles.load import load
from smashpass.rulefiles.render import render_all
from smashpass.services.rules.impact import Impact, TreeReport

_DIGITS = 12
_MOVES = 10


@click.command(epilog="Example: smashpass rules impact rules/trees/avatars.yaml")
@click.argument("path", type=rules_path)
@click.option("--against", metavar="REV", help="Compare with this revision, not the active one.")
@json_option
def impact(path: str, against: str | None, as_json: bool) -> int:
    """Count what rule files would change: for every image, and for the recorded swipes.

    PATH is a folder with the whole set, or a file that replaces its tree in the compared set.
    Counts are exact. Images whose verdict depends on the viewer, the query or a scorer are
    counted separately; weighted leaves count by their odds. Nothing is published.
    """
    rules = load([path])
    whole = os.path.isdir(path)  # noqa: PTH112 - never raises
    try:
        rules.require()
        report = open_services().rules.impact(rules, against=against, whole=whole)
    except RulesInvalid as invalid:
        detail = "the rules have {errors}, so no impact can be computed"
        return refuse(invalid, rules, detail, as_json=as_json)
    if as_json:
        print_json(report.as_json())
    else:
        if report.warnings:
            print_text(render_all(report.warnings, rules.texts) + "\n")
        print_text("\n".join(_lines(report)))
    return ExitCode.DONE


def _lines(effect: Impact) -> Iterator[str]:
    old = "nothing" if effect.against is None else f"revision {effect.against[:_DIGITS]}"
    yield f"revision {effect.revision[:_DIGITS]} against {old}, on {effect.images} images"
    for report in effect.trees:
        yield from _tree_lines(report)
    swipes = effect.swipes
    if swipes.total:
        yield f"of {swipes.total} recorded swipes the default tree agreed with"
        yield f"  {swipes.agreed_before:.0f} before, {swipes.agreed_after:.0f} after"
        if swipes.undecided_before or swipes.undecided_after:
            yield (
                f"  cannot be evaluated for {swipes.undecided_before} before, "
                f"{swipes.undecided_after} after"
            )
    else:
        yield "no swipes are recorded"


def _tree_lines(report: TreeReport) -> Iterator[str]:
    effect = report.impact
    if effect.before is None or effect.after is None:
        yield f"tree {effect.tree} is {'new' if effect.before is None else 'removed'}"
        return
    if effect.before is effect.after:
        yield f"tree {effect.tree} is unchanged"
        return
    yield (
        f"tree {effect.tree}: {len(effect.to_smash)} images flip to smash, "
        f"{len(effect.to_pass)} to pass, {len(effect.undecided)} depend on more than the library"
    )
    drawn = (
        effect.expected_to_smash
        + effect.expected_to_pass
        - len(effect.to_smash)
        - len(effect.to_pass)
    )
    if drawn > 0:
        yield (
            f"  weighted by lottery odds: {effect.expected_to_smash:.1f} to smash, "
            f"{effect.expected_to_pass:.1f} to pass"
        )
    for leaf in dict.fromkeys((*effect.after.leaves, *effect.before.leaves)):
        before, after = effect.before.leaves.get(leaf), effect.after.leaves.get(leaf)
        yield f"  {leaf}: {len(before or ())} → {len(after or ())}"
    for move in effect.moves[:_MOVES]:
        yield f"  {move.images} from {move.before} to {move.after}"
    for verdict, shared in (("smash", report.to_smash_share), ("pass", report.to_pass_share)):
        if shared:
            tags = ", ".join(map(_describe_tag, shared))
            yield f"  common tags among images that flip to {verdict}: {tags}"
    for flip in report.sample:
        yield f"  {flip.image} {flip.before} → {flip.after}: {flip.to}"


def _describe_tag(shared: Shared) -> str:
    return f"{shared.tag} ({shared.share:.0%}, {shared.lift:.1f} times as often)"
