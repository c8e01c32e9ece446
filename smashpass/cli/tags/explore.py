"""``smashpass tags related`` and ``tags counts``: tags of the images of a query."""

from __future__ import annotations

from typing import cast

import click

from smashpass.cli.installation import open_installation
from smashpass.cli.output import json_option, print_json, print_table
from smashpass.core.explore.related import Measure
from smashpass.services.search.explore import DEFAULT_LIMIT, MAX_LIMIT, related_tags, tag_counts

_limit = click.option(
    "--limit", type=click.IntRange(1, MAX_LIMIT), default=DEFAULT_LIMIT, show_default=True
)


@click.command(epilog="Example: smashpass tags related 'hair:blonde beard' --by lift")
@click.argument("query")
@click.option(
    "--by",
    type=click.Choice(["jaccard", "cosine", "lift"]),
    default="cosine",
    show_default=True,
    help="Measure of association; lift favours rare tags.",
)
@_limit
@json_option
def related(query: str, by: str, limit: int, as_json: bool) -> None:
    """List the tags most associated with the images of a query, with exact counts."""
    installation = open_installation()
    index = installation.library.index
    result = related_tags(
        index, query, by=cast(Measure, by), limit=limit, finder=installation.tag_finder
    )
    if as_json:
        print_json(result.as_json())
        return
    heads = ("both", "count", "jaccard", "cosine", "lift", "name")
    print_table([tuple(tag[head] for head in heads) for tag in result.tags], heading=heads)
    click.echo(f"{result.matched} images match")


@click.command(epilog="Example: smashpass tags counts beard --prefix hair:")
@click.argument("query")
@click.option("--prefix", default="", help="Only tags that start with this, such as hair:.")
@_limit
@json_option
def counts(query: str, prefix: str, limit: int, as_json: bool) -> None:
    """Count the images of a query by tag, most common first."""
    installation = open_installation()
    result = tag_counts(
        installation.library.index, query, prefix, limit=limit, finder=installation.tag_finder
    )
    if as_json:
        print_json(result.as_json())
        return
    print_table([(tag["both"], tag["name"]) for tag in result.tags])
    click.echo(f"{result.matched} images match")
