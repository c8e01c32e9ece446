"""``smashpass search``: images by the query language."""

from __future__ import annotations

import click

from smashpass.cli.installation import open_installation
from smashpass.cli.output import json_option, print_json
from smashpass.services.searching import DEFAULT_ORDER, count_matches, search


@click.command(
    epilog="Example: smashpass search 'blonde hair (beard OR glasses) -hat:* width:>=512'"
)
@click.argument("query", default="")
@click.option("--limit", type=click.IntRange(0, 100), default=20, show_default=True)
@click.option("--order", default=DEFAULT_ORDER, show_default=True, help="random, new, …")
@click.option("--count", "only_count", is_flag=True, help="Print the number of matches only.")
@json_option
def command(query: str, limit: int, order: str, only_count: bool, as_json: bool) -> None:
    """Find images by QUERY and print them with their tags; the number is always exact.

    Without QUERY every image matches. Orders: random, new, popular, tagcount, attr:NAME; -ORDER
    reverses all but random.
    """
    installation = open_installation()
    index = installation.library.index
    if only_count:
        matched = count_matches(index, query, finder=installation.words)
        if as_json:
            print_json({"query": query, "matched": matched})
        else:
            click.echo(matched)
        return
    found = search(index, query, order=order, limit=limit, finder=installation.words)
    images = [card.content for card in installation.cards.of(index, found.ordinals)]
    if as_json:
        print_json(
            {"query": query, "order": order, "matched": found.matched, "images": images}
            | {
                "next": None
                if len(images) >= found.matched
                else images[-1]["image"]
                if images
                else None
            }
        )
        return
    for card in images:
        click.echo(f"{card['image']}  {', '.join(card['tags'])}")  # type: ignore[arg-type]
    shown = f", the first {len(images)} shown" if len(images) < found.matched else ""
    click.echo(f"{found.matched:,} {'image' if found.matched == 1 else 'images'}{shown}")
