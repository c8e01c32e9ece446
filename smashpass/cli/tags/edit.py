"""``smashpass tags alias, imply, rename, merge, deprecate``: edits of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from smashpass.cli.installation import open_services, operator
from smashpass.cli.output import json_option, print_json
from smashpass.core.text.reasons import read_reason
from smashpass.services.vocabulary.actions import TagAction
from smashpass.services.vocabulary.preview import VocabularyImpact

Command = TypeVar("Command", bound=Callable[..., None])

_dry_run = click.option(
    "--dry-run", is_flag=True, help="Print the exact effect on the library and change nothing."
)
_reason = click.option("--reason", metavar="TEXT", help="Reason, recorded in the change log.")


def _edit_options(command: Command) -> Command:
    """Add the options these commands share."""
    return _reason(_dry_run(json_option(command)))


@click.command(epilog="Example: smashpass tags alias whiskers beard --dry-run")
@click.argument("alias", metavar="ALIAS")
@click.argument("tag", metavar="TAG")
@click.option("--remove", is_flag=True, help="Remove the alias: ALIAS is its own tag again.")
@_edit_options
def alias(
    alias: str, tag: str, remove: bool, dry_run: bool, reason: str | None, as_json: bool
) -> None:
    """Make ALIAS an alias of TAG."""
    _edit(
        TagAction("unalias" if remove else "alias", tag, alias),
        f"{alias} is its own tag" if remove else f"{alias} is an alias of {tag}",
        dry_run=dry_run,
        reason=reason,
        as_json=as_json,
    )


@click.command(epilog="Example: smashpass tags imply beard_full beard --reason 'it is one'")
@click.argument("tag", metavar="TAG")
@click.argument("implied", metavar="IMPLIED")
@click.option("--remove", is_flag=True, help="Remove the implication.")
@_edit_options
def imply(
    tag: str, implied: str, remove: bool, dry_run: bool, reason: str | None, as_json: bool
) -> None:
    """Make every image with TAG have IMPLIED too."""
    _edit(
        TagAction("unimply" if remove else "imply", tag, implied),
        f"{tag} {'does not imply' if remove else 'implies'} {implied}",
        dry_run=dry_run,
        reason=reason,
        as_json=as_json,
    )


@click.command(epilog="Example: smashpass tags rename specs glasses --dry-run")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@_edit_options
def rename(old: str, new: str, dry_run: bool, reason: str | None, as_json: bool) -> None:
    """Rename the tag OLD to NEW; OLD remains as an alias."""
    _edit(
        TagAction("rename", old, new),
        f"{old} is renamed to {new}",
        dry_run=dry_run,
        reason=reason,
        as_json=as_json,
    )


@click.command(epilog="Example: smashpass tags merge spectacles glasses --dry-run")
@click.argument("tag", metavar="FROM")
@click.argument("into", metavar="INTO")
@_edit_options
def merge(tag: str, into: str, dry_run: bool, reason: str | None, as_json: bool) -> None:
    """Count all images of FROM as INTO; FROM becomes an alias, INTO gets its implications."""
    _edit(
        TagAction("merge", tag, into),
        f"{tag} is merged into {into}",
        dry_run=dry_run,
        reason=reason,
        as_json=as_json,
    )


@click.command(epilog="Example: smashpass tags deprecate oldtag --reason 'too vague'")
@click.argument("tag", metavar="TAG")
@click.option("--remove", is_flag=True, help="Remove the mark again.")
@_edit_options
def deprecate(tag: str, remove: bool, dry_run: bool, reason: str | None, as_json: bool) -> None:
    """Mark TAG as discouraged for new images; images that have it keep it."""
    _edit(
        TagAction("restore" if remove else "deprecate", tag),
        f"{tag} is {'not ' if remove else ''}deprecated",
        dry_run=dry_run,
        reason=reason,
        as_json=as_json,
    )


def _edit(
    action: TagAction, statement: str, *, dry_run: bool, reason: str | None, as_json: bool
) -> None:
    """Perform an action on a tag, or print its impact."""
    if reason is not None:
        reason = read_reason(reason)
    vocabulary = open_services().vocabulary
    previewed = vocabulary.preview(action)
    for text in previewed.warnings:
        click.echo(f"warning: {text}", err=True)
    if dry_run:
        if as_json:
            print_json(previewed.impact.as_json())
        else:
            click.echo(impact_text(previewed.impact))
        return
    change = vocabulary.perform(action, by=operator(), origin="cli", reason=reason)
    if as_json:
        print_json({"change": None if change is None else change.seq})
    elif change is None:
        click.echo(f"{statement} already; nothing was changed")
    else:
        click.echo(f"{statement} now (change {change.seq})")


def impact_text(impact: VocabularyImpact) -> str:
    """Describe an impact in a sentence."""
    images = f"{impact.images:,} image{'' if impact.images == 1 else 's'}"
    return (
        f"{images} would change: {impact.added:,} tags gained, {impact.removed:,} lost; "
        f"{impact.verdicts:,} verdicts flipped. Nothing was changed."
    )
