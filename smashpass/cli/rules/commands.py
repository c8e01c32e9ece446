"""``smashpass rules``: decision trees, from files to the active revision."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from smashpass.cli.arguments import reason_option, rules_path
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.installation import open_services, operator
from smashpass.cli.output import json_option, moment, print_json, print_table, print_text, visible
from smashpass.cli.rules.canary import canary, canary_line
from smashpass.cli.rules.files import check, schema, test
from smashpass.cli.rules.impact import impact
from smashpass.cli.rules.refusal import refuse
from smashpass.core.errors import RulesInvalid
from smashpass.core.rules.analysis.meaning import MeaningDifference
from smashpass.core.rules.revision import Revision
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.text.reasons import read_reason
from smashpass.rulefiles.load import load
from smashpass.rulefiles.render import render_all
from smashpass.services.rules.publish import PublishResult, require_good
from smashpass.services.rules.revision_names import SHOWN_DIGITS
from smashpass.services.rules.sets import TreeChanges

_MOST_CHANGES = 20

_allow_no_default = click.option(
    "--allow-no-default",
    is_flag=True,
    help="Allow the new set to lack a tree labelled default although the active set has one.",
)


@click.group(epilog="Example: smashpass rules check rules")
def command() -> None:
    """Check, test, publish and roll back decision trees.

    A published set of trees is a revision, identified by its SHA-256. REV is its first 4 or more
    digits, or the word active.
    """


command.add_command(check)
command.add_command(test)
command.add_command(impact)
command.add_command(schema)
command.add_command(canary)


@command.command(epilog="Example: smashpass rules publish rules --reason 'hats count now'")
@click.argument("path", type=rules_path)
@reason_option
@_allow_no_default
@json_option
def publish(path: str, reason: str, allow_no_default: bool, as_json: bool) -> int:
    """Publish rule files, if they have no errors and their tests pass.

    PATH is a folder, which becomes the whole set, or a file, which replaces or adds its tree
    together with the fragments it includes. Warnings do not block.
    """
    reason = read_reason(reason)
    rules = load([path])
    try:
        require_good(rules)
        result = open_services(create=True).rules.publish(
            rules,
            whole=os.path.isdir(path),  # noqa: PTH112 - never raises
            by=operator(),
            origin="cli",
            reason=reason,
            allow_no_default=allow_no_default,
        )
    except RulesInvalid as invalid:
        detail = "nothing was published: the rules have {errors}"
        return refuse(invalid, rules, detail, as_json=as_json)
    _print_published(result, "published", as_json=as_json, texts=rules)
    return ExitCode.DONE


@command.command("list", epilog="Example: smashpass rules list --json")
@json_option
def list_(as_json: bool) -> None:
    """List all revisions, newest first, with the active one starred, and the canary."""
    rules = open_services().rules
    revisions = rules.revisions()
    running = rules.canary()
    if as_json:
        canary = (
            None if running is None else {"revision": running.sha256, "percent": running.percent}
        )
        print_json({"revisions": [_about(listed) for listed in revisions], "canary": canary})
        return
    if not revisions:
        click.echo("no rules are published")
    print_table(
        [
            (
                f"{'*' if revision.active else ' '} {revision.sha256[:SHOWN_DIGITS]}",
                moment(revision.at),
                visible(revision.by),
                visible(revision.reason),
            )
            for revision in revisions
        ]
    )
    if running is not None:
        click.echo(canary_line(running))


@command.command(epilog="Example: smashpass rules show active")
@click.argument("revision", metavar="REV")
@json_option
def show(revision: str, as_json: bool) -> None:
    """Print one revision in full: who published it, when and why, and its files."""
    rules = open_services().rules
    entry = rules.find(revision)
    running = rules.canary()
    is_canary = running is not None and running.number == entry.number
    trees = rules.trees_of(entry)
    if as_json:
        listed = [tree.as_json() for tree in trees]
        share = running.percent if running is not None and is_canary else None
        details = {"canary": share, "trees": listed, "files": dict(entry.files)}
        print_json(_about(entry) | details)
        return
    click.echo(f"revision {entry.sha256}{' (active)' if entry.active else ''}")
    click.echo(f"published {moment(entry.at)} by {visible(entry.by)}: {visible(entry.reason)}")
    if running is not None and is_canary:
        click.echo(canary_line(running))
    for tree in trees:
        labels = f" [{', '.join(tree.labels)}]" if tree.labels else ""
        print_text(f"tree {tree.id}{labels}: {tree.title}" if tree.title else f"tree {tree.id}")
    for path, text in entry.files.items():
        print_text(f"\n# {path}\n{text.rstrip()}")


@command.command(epilog="Example: smashpass rules diff 3f2a 91bc")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@json_option
def diff(before: str, after: str, as_json: bool) -> None:
    """Compare two revisions: trees by meaning, files by text."""
    difference = open_services().rules.diff(before, after)
    if as_json:
        print_json(
            {
                "before": difference.before.sha256,
                "after": difference.after.sha256,
                "trees": difference.trees.as_json(),
                "meaning": {name: tree.as_json() for name, tree in difference.meaning.items()},
                "files": dict(difference.files),
            }
        )
        return
    click.echo(_describe_trees(difference.trees))
    for name, meaning in difference.meaning.items():
        print_text("\n".join(_meaning_lines(name, meaning)))
    for text in difference.files.values():
        print_text(text)


@command.command(epilog="Example: smashpass rules rollback 3f2a --reason 'too many robots'")
@click.argument("revision", metavar="REV")
@reason_option
@_allow_no_default
@json_option
def rollback(revision: str, reason: str, allow_no_default: bool, as_json: bool) -> None:
    """Activate an earlier revision again."""
    result = open_services().rules.rollback(
        revision, by=operator(), origin="cli", reason=reason, allow_no_default=allow_no_default
    )
    _print_published(result, "rolled back to", as_json=as_json)


def _print_published(
    result: PublishResult, verb: str, *, as_json: bool, texts: RuleSet | None = None
) -> None:
    """Print the result of a publish or rollback."""
    if as_json:
        print_json(result.as_json())
        return
    if result.warnings:
        print_text(render_all(result.warnings, {} if texts is None else texts.texts) + "\n")
    name = result.revision.sha256[:SHOWN_DIGITS]
    if result.changed:
        click.echo(f"{verb} revision {name}: {_describe_trees(result.trees)}")
    else:
        click.echo(f"revision {name} is already active; nothing changed")


def _describe_trees(trees: TreeChanges) -> str:
    """Describe which trees changed in meaning."""
    parts = (("added", trees.added), ("removed", trees.removed), ("changed", trees.changed))
    parts_with_trees = [f"{word} {', '.join(ids)}" for word, ids in parts if ids]
    return "; ".join(parts_with_trees) or "no tree changed in meaning"


def _meaning_lines(name: str, meaning: MeaningDifference) -> Iterator[str]:
    """Describe what a changed tree decides differently, one line per change."""
    if meaning.changes is None:
        yield f"tree {name} is too large for an exact comparison"
    elif not meaning.changes:
        yield f"tree {name} changed in text only; every image reaches the same leaf"
    else:
        for change in meaning.changes[:_MOST_CHANGES]:
            transition = f"{change.before.id} → {change.after.id}"
            same = "" if change.decides_differently else ", with the same verdict"
            example = f"for example an image with {change.witness.words}"
            yield f"tree {name}: {transition}{same}, {example}"
        if len(meaning.changes) > _MOST_CHANGES:
            yield f"tree {name}: {len(meaning.changes) - _MOST_CHANGES} more changes"


def _about(revision: Revision) -> dict[str, object]:
    """Return a revision without its files."""
    return {
        "revision": revision.sha256,
        "active": revision.active,
        "at": moment(revision.at),
        "by": revision.by,
        "reason": revision.reason,
    }
