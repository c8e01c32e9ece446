"""``smashpass search``: images that match a query."""

from __future__ import annotations

from collections.abc import Iterator

import click

from smashpass.bootstrap.installation import Installation
from smashpass.cli.installation import open_installation
from smashpass.cli.output import json_option, print_json
from smashpass.services.search.emptiness import Emptiness, explain_emptiness
from smashpass.services.search.search import DEFAULT_ORDER, count_matches, search


@click.command(
    epilog="Example: smashpass search 'blonde hair (beard OR glasses) -hat:* width:>=512'"
)
@click.argument("query", default="")
@click.option("--limit", type=click.IntRange(0, 100), default=20, show_default=True)
@click.option("--order", default=DEFAULT_ORDER, show_default=True, help="random, new, …")
@click.option("--count", "only_count", is_flag=True, help="Print the number of matches only.")
@json_option
def command(query: str, limit: int, order: str, only_count: bool, as_json: bool) -> None:
    """Find images matching QUERY and print them with their tags; the count is always exact.

    If nothing matches, print which term is the cause, and how many would match without each.

    Without QUERY every image matches. Orders: random, new, popular, tagcount, attr:NAME; -ORDER
    reverses all but random. Put a QUERY that begins with a dash after --, as in
    `smashpass search -- -beard`.
    """
    installation = open_installation()
    index = installation.library.index
    if only_count:
        matched = count_matches(index, query, finder=installation.tag_finder)
        if as_json:
            explanation = {} if matched else {"empty": _explained(installation, query).as_json()}
            print_json({"query": query, "matched": matched} | explanation)
        else:
            click.echo(matched)
        return
    result = search(index, query, order=order, limit=limit, finder=installation.tag_finder)
    images = [card.content for card in installation.cards.of(index, result.ordinals)]
    if as_json:
        print_json(
            {"query": query, "order": order, "matched": result.matched, "images": images}
            | {
                "next": None
                if len(images) >= result.matched
                else images[-1]["image"]
                if images
                else None
            }
            | ({} if result.matched else {"empty": _explained(installation, query).as_json()})
        )
        return
    for card in images:
        click.echo(f"{card['image']}  {', '.join(card['tags'])}")  # type: ignore[arg-type]
    note = f", the first {len(images)} shown" if len(images) < result.matched else ""
    click.echo(f"{result.matched:,} {'image' if result.matched == 1 else 'images'}{note}")
    if not result.matched:
        for line in _why(_explained(installation, query)):
            click.echo(line)


def _explained(installation: Installation, query: str) -> Emptiness:
    """Return why a query matches nothing."""
    return explain_emptiness(query, installation.library.index, finder=installation.tag_finder)


def _why(empty: Emptiness) -> Iterator[str]:
    """Yield the cause and what each term contributes, a line each."""
    yield f"why: {empty.cause}"
    if len(empty.terms) > 1:
        for term in empty.terms:
            yield f"  without {term.term}: {term.without:,}  (alone: {term.alone:,})"
