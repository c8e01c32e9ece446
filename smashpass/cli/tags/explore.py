"""``smashpass tags related`` and ``tags counts``: tags of the images of a query."""

from __future__ import annotations

from typing import cast

import click

from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option, print_json, print_table
from smashpass.core.explore.related import Measure
from smashpass.services.search.explore import DEFAULT_LIMIT, MAX_LIMIT

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
    services = open_services()
    index = services.library.index
    result = services.search.related_tags(index, query, by=cast(Measure, by), limit=limit)
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
    services = open_services()
    result = services.search.tag_counts(services.library.index, query, prefix, limit=limit)
    if as_json:
        print_json(result.as_json())
        return
    print_table([(tag["both"], tag["name"]) for tag in result.tags])
    click.echo(f"{result.matched} images match")
