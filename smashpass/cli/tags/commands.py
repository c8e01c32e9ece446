"""``smashpass tags``: the vocabulary: list, show, edit, import and export."""

from __future__ import annotations

from typing import cast

import click

from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option, moment, print_json, print_table, visible
from smashpass.cli.tags.edit import alias, deprecate, imply, merge, rename
from smashpass.cli.tags.explore import counts, related
from smashpass.cli.tags.files import export, import_
from smashpass.core.errors import NotFound
from smashpass.core.operations.changelog import Change
from smashpass.services.vocabulary.tag_details import TagDetails


@click.group(epilog="Example: smashpass tags alias whiskers beard --dry-run")
def command() -> None:
    """List, show and edit the vocabulary.

    Aliases and implications rewrite no image: they apply at once and can be reverted.
    """


for _subcommand in (alias, imply, rename, merge, deprecate, import_, export, related, counts):
    command.add_command(_subcommand)


@command.command("list", epilog="Example: smashpass tags list --prefix hair: --limit 5")
@click.option("--prefix", default="", help="Only tags with a name or alias that starts with this.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@json_option
def list_(prefix: str, limit: int, as_json: bool) -> None:
    """List tags with the number of their images, most images first."""
    tags = open_services().vocabulary.list(prefix, limit)
    if as_json:
        print_json([tag.as_json() for tag in tags])
        return
    print_table(
        [
            (
                tag.count,
                tag.name,
                visible(tag.category),
                f"alias {tag.via}" if tag.via else visible(tag.label),
            )
            for tag in tags
        ]
    )
    if not tags:
        click.echo(f"no tag begins with {prefix!r}" if prefix else "there are no tags")


@command.command(epilog="Example: smashpass tags show beard")
@click.argument("tag")
@click.option("--image", "image_id", metavar="ID", help="Show how this image got the tag instead.")
@json_option
def show(tag: str, image_id: str | None, as_json: bool) -> None:
    """Show everything about one tag: images, names, implications, texts, origin."""
    services = open_services()
    named = services.vocabulary.find(tag)
    if image_id is not None:
        ordinal = services.images.ordinal_of(image_id)
        if ordinal is None or ordinal not in services.library.index.live:
            raise NotFound("there is no such image", hint="use `smashpass search` to find one")
        origins = services.tagging.origins(ordinal, named.id)
        if as_json:
            dated_origins = [
                way | {"at": moment(cast(int, way["at"]))} if "at" in way else way
                for way in origins
            ]
            print_json({"image": image_id, "tag": named.name, "origins": dated_origins})
        for way in () if as_json else origins:
            click.echo(visible(_describe_origin(way)))
        return
    details = services.vocabulary.details(named)
    creation = services.vocabulary.creation(named)
    via = None if named.typed == named.name else named.typed
    if as_json:
        print_json(_as_json(details, creation, via))
    else:
        _print(details, creation, via)


def _describe_origin(way: dict[str, object]) -> str:
    """Describe one origin of a tag on an image in a line."""
    through = f"through {way['via']}, " if "via" in way else ""
    if way["by"] == "hand":
        at = moment(cast(int, way["at"]))
        return f"{through}added by {way['who']}, {at}, change {way['change']}"
    runs = ", ".join(f"{run}" for run in cast("list[int]", way["runs"]))
    line = f", line {way['line']}" if way.get("line") is not None else ""
    return f"{through}imported in run {runs}{line}"


def _as_json(details: TagDetails, creation: Change | None, via: str | None) -> dict[str, object]:
    tag = details.tag
    return {
        "name": tag.name,
        "via": via,
        "label": tag.label,
        "category": tag.category,
        "description": tag.description,
        "deprecated": tag.deprecated,
        "count": details.count,
        "own": details.own,
        "by_hand": details.by_hand,
        "aliases": list(details.aliases),
        "implies": list(details.implies),
        "implies_all": list(details.implies_all),
        "implied_by": list(details.implied_by),
        "sources": [{"source": source, "images": images} for source, images in details.sources],
        "made": None
        if creation is None
        else {
            "change": creation.seq,
            "at": moment(creation.at),
            "by": creation.by,
            "origin": creation.origin,
            "reason": creation.reason,
        },
    }


def _print(details: TagDetails, creation: Change | None, via: str | None) -> None:
    tag = details.tag
    if via is not None:
        click.echo(f"{via} is an alias of {tag.name}")
    through = [name for name in details.implies_all if name not in details.implies]
    rows = [
        ("tag", tag.name + (" (deprecated)" if tag.deprecated else "")),
        ("images", f"{details.count:,}, {details.own:,} of them by this name or an alias"),
        ("by hand", f"{details.by_hand:,}" if details.by_hand else ""),
        ("label", tag.label),
        ("category", tag.category),
        ("description", tag.description),
        ("aliases", ", ".join(details.aliases)),
        ("implies", ", ".join(details.implies)),
        ("in turn", ", ".join(through)),
        ("implied by", ", ".join(details.implied_by)),
        ("sources", ", ".join(f"{source} ({images:,})" for source, images in details.sources)),
    ]
    if creation is not None:
        rows.append(("created by", f"{creation.by}, {moment(creation.at)}, change {creation.seq}"))
    for name, text in rows:
        if text:
            click.echo(f"{name:12}{visible(text)}")
