"""``smashpass rules impact``: what rules would change, before they are published."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from smashpass.cli.arguments import rules_path
from smashpass.cli.installation import open_installation
from smashpass.cli.output import json_option, print_json, print_text
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
    """Count what rule files would change: on every image, and on the recorded swipes.

    PATH is a folder, taken for the whole set, or a file, taken for its tree in the set that is
    compared with. The counts are exact. Images whose verdict depends on the viewer, the query or
    a scorer are counted apart; weighted leaves count by their odds. Nothing is published.
    """
    rules = load([path])
    whole = os.path.isdir(path)  # noqa: PTH112 - never raises
    try:
        rules.require()
        installation = open_installation()
        index = installation.library.index
        found = installation.impacts.of(rules, index, against=against, whole=whole)
    except RulesInvalid as invalid:
        errors = sum(problem.severity == "error" for problem in invalid.problems)
        detail = f"the rules have {errors} error{'' if errors == 1 else 's'}: there is no impact"
        if as_json:
            problems = [problem.as_json() for problem in invalid.problems]
            print_json({"code": invalid.code, "detail": detail, "problems": problems})
        else:
            click.echo(render_all(invalid.problems, rules.texts) + "\n", err=True)
            click.echo(f"smashpass: {detail}", err=True)
        return 1
    if as_json:
        print_json(found.as_json())
    else:
        if found.warnings:
            print_text(render_all(found.warnings, rules.texts) + "\n")
        print_text("\n".join(_lines(found)))
    return 0


def _lines(found: Impact) -> Iterator[str]:
    old = "nothing" if found.against is None else f"revision {found.against[:_DIGITS]}"
    yield f"revision {found.revision[:_DIGITS]} against {old}, on {found.images} images"
    for report in found.trees:
        yield from _tree_lines(report)
    swipes = found.swipes
    if swipes.total:
        yield f"of {swipes.total} recorded swipes the default tree agreed with"
        yield f"  {swipes.agreed_before:.0f} before, {swipes.agreed_after:.0f} after"
        if swipes.undecided_before or swipes.undecided_after:
            yield (
                f"  cannot be asked about {swipes.undecided_before} before, "
                f"{swipes.undecided_after} after"
            )
    else:
        yield "no swipes are recorded"


def _tree_lines(report: TreeReport) -> Iterator[str]:
    it = report.impact
    if it.before is None or it.after is None:
        yield f"tree {it.tree} is {'new' if it.before is None else 'gone'}"
        return
    if it.before is it.after:
        yield f"tree {it.tree} stays as it is"
        return
    yield (
        f"tree {it.tree}: {len(it.to_smash)} images turn to smash, {len(it.to_pass)} to pass, "
        f"{len(it.undecided)} depend on more than the library"
    )
    drawn = it.expected_to_smash + it.expected_to_pass - len(it.to_smash) - len(it.to_pass)
    if drawn > 0:
        yield (
            f"  with draws by their odds: {it.expected_to_smash:.1f} to smash, "
            f"{it.expected_to_pass:.1f} to pass"
        )
    for leaf in dict.fromkeys((*it.after.leaves, *it.before.leaves)):
        before, after = it.before.leaves.get(leaf), it.after.leaves.get(leaf)
        yield f"  {leaf}: {len(before or ())} → {len(after or ())}"
    for move in it.moves[:_MOVES]:
        yield f"  {move.images} from {move.before} to {move.after}"
    for verdict, shared in (("smash", report.to_smash_share), ("pass", report.to_pass_share)):
        if shared:
            yield f"  those that turn to {verdict} have more of: {', '.join(map(_words, shared))}"
    for flip in report.sample:
        yield f"  {flip.image} {flip.before} → {flip.after}: {flip.to}"


def _words(each: Shared) -> str:
    return f"{each.tag} ({each.share:.0%}, {each.lift:.1f} times as often)"
