"""``smashpass rules``: decision trees, from files to the revision that decides."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from smashpass.cli.arguments import reason_option, rules_path
from smashpass.cli.installation import open_installation, operator
from smashpass.cli.output import json_option, moment, print_json, print_table, print_text, visible
from smashpass.cli.rules.canary import canary, canary_line
from smashpass.cli.rules.files import check, schema, test
from smashpass.cli.rules.impact import impact
from smashpass.core.errors import RulesInvalid
from smashpass.core.rules.analysis.meaning import MeaningDifference
from smashpass.core.rules.revision import Revision
from smashpass.core.text.reasons import read_reason
from smashpass.rulefiles.load import RuleSet, load
from smashpass.rulefiles.render import render_all
from smashpass.services.rules.publish import PublishResult, require_good
from smashpass.services.rules.revision_names import SHOWN_DIGITS
from smashpass.services.rules.sets import TreeChanges

_MOST_CHANGES = 20

_allow_no_default = click.option(
    "--allow-no-default",
    is_flag=True,
    help="Let the active set have no tree labelled default, although it had one.",
)


@click.group(epilog="Example: smashpass rules check rules")
def command() -> None:
    """Check, test, publish and roll back decision trees.

    A published set of trees is a revision, named by its sha256. REV is the first 4 or more
    digits of one, or the word active.
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
    """Make rule files decide, if they have no error and their tests pass.

    PATH is a folder, which is the whole set from then on, or a file, which replaces or adds its
    tree together with the fragments it includes. Warnings block nothing.
    """
    reason = read_reason(reason)
    rules = load([path])
    try:
        require_good(rules)
        publishing = open_installation(create=True).publishing
        whole = os.path.isdir(path)  # noqa: PTH112 - never raises
        take = publishing.publish if whole else publishing.publish_files
        done = take(
            rules,
            by=operator(),
            origin="cli",
            reason=reason,
            allow_no_default=allow_no_default,
        )
    except RulesInvalid as invalid:
        return _refuse(invalid, rules, as_json=as_json)
    _print_published(done, "published", as_json=as_json, texts=rules)
    return 0


@command.command("list", epilog="Example: smashpass rules list --json")
@json_option
def list_(as_json: bool) -> None:
    """List all revisions, newest first, the active one with a star, and the canary."""
    installation = open_installation()
    revisions = installation.publishing.list()
    beside = installation.canarying.current()
    if as_json:
        canary = None if beside is None else {"revision": beside.sha256, "percent": beside.percent}
        print_json({"revisions": [_about(each) for each in revisions], "canary": canary})
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
    if beside is not None:
        click.echo(canary_line(beside))


@command.command(epilog="Example: smashpass rules show active")
@click.argument("revision", metavar="REV")
@json_option
def show(revision: str, as_json: bool) -> None:
    """Print one revision whole: who published it, when and why, and its files."""
    installation = open_installation()
    publishing = installation.publishing
    found = publishing.find(revision)
    beside = installation.canarying.current()
    runs = beside is not None and beside.number == found.number
    trees = publishing.trees_of(found)
    if as_json:
        listed = [tree.as_json() for tree in trees]
        share = beside.percent if beside is not None and runs else None
        more = {"canary": share, "trees": listed, "files": dict(found.files)}
        print_json(_about(found) | more)
        return
    click.echo(f"revision {found.sha256}{' (active)' if found.active else ''}")
    click.echo(f"published {moment(found.at)} by {visible(found.by)}: {visible(found.reason)}")
    if beside is not None and runs:
        click.echo(canary_line(beside))
    for tree in trees:
        labels = f" [{', '.join(tree.labels)}]" if tree.labels else ""
        print_text(f"tree {tree.id}{labels}: {tree.title}" if tree.title else f"tree {tree.id}")
    for path, text in found.files.items():
        print_text(f"\n# {path}\n{text.rstrip()}")


@command.command(epilog="Example: smashpass rules diff 3f2a 91bc")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@json_option
def diff(before: str, after: str, as_json: bool) -> None:
    """Print what differs between two revisions: trees by meaning, files by text."""
    found = open_installation().publishing.diff(before, after)
    if as_json:
        print_json(
            {
                "before": found.before.sha256,
                "after": found.after.sha256,
                "trees": found.trees.as_json(),
                "meaning": {name: each.as_json() for name, each in found.meaning.items()},
                "files": dict(found.files),
            }
        )
        return
    click.echo(_trees_in_words(found.trees))
    for name, meaning in found.meaning.items():
        print_text("\n".join(_meaning_lines(name, meaning)))
    for text in found.files.values():
        print_text(text)


@command.command(epilog="Example: smashpass rules rollback 3f2a --reason 'too many robots'")
@click.argument("revision", metavar="REV")
@reason_option
@_allow_no_default
@json_option
def rollback(revision: str, reason: str, allow_no_default: bool, as_json: bool) -> None:
    """Make an earlier revision decide again."""
    publishing = open_installation().publishing
    done = publishing.rollback(
        revision, by=operator(), origin="cli", reason=reason, allow_no_default=allow_no_default
    )
    _print_published(done, "back to", as_json=as_json)


def _refuse(invalid: RulesInvalid, rules: RuleSet, *, as_json: bool) -> int:
    """Print every problem and how many errors there are; return the exit code."""
    errors = sum(problem.severity == "error" for problem in invalid.problems)
    detail = f"nothing is published: the rules have {errors} error{'' if errors == 1 else 's'}"
    if as_json:
        problems = [problem.as_json() for problem in invalid.problems]
        print_json({"code": invalid.code, "detail": detail, "problems": problems})
    else:
        click.echo(render_all(invalid.problems, rules.texts) + "\n", err=True)
        click.echo(f"smashpass: {detail}", err=True)
    return 1


def _print_published(
    done: PublishResult, what: str, *, as_json: bool, texts: RuleSet | None = None
) -> None:
    """Say what decides now."""
    if as_json:
        print_json(done.as_json())
        return
    if done.warnings:
        print_text(render_all(done.warnings, {} if texts is None else texts.texts) + "\n")
    name = done.revision.sha256[:SHOWN_DIGITS]
    if done.changed:
        click.echo(f"{what} revision {name}: {_trees_in_words(done.trees)}")
    else:
        click.echo(f"revision {name} is active already; nothing was changed")


def _trees_in_words(trees: TreeChanges) -> str:
    """Return which trees changed in meaning."""
    parts = (("added", trees.added), ("removed", trees.removed), ("changed", trees.changed))
    named = [f"{word} {', '.join(ids)}" for word, ids in parts if ids]
    return "; ".join(named) or "no tree changed in meaning"


def _meaning_lines(name: str, meaning: MeaningDifference) -> Iterator[str]:
    """Yield what a changed tree decides differently."""
    if meaning.changes is None:
        yield f"tree {name} is too large for an exact look at its meaning"
    elif not meaning.changes:
        yield f"tree {name} is written differently, but every image comes to the same leaf"
    else:
        for change in meaning.changes[:_MOST_CHANGES]:
            way = f"{change.before.id} → {change.after.id}"
            same = "" if change.decides_differently else ", which decides the same"
            yield f"tree {name}: {way}{same}, such as an image with {change.witness.words}"
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
