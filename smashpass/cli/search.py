"""``smashpass search``: images by the query language."""

from __future__ import annotations

from collections.abc import Iterator

import click

from smashpass.bootstrap.installation import Installation
from smashpass.cli.installation import open_installation
from smashpass.cli.output import json_option, print_json
from smashpass.services.search.emptiness import Emptiness, explained
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
    """Find images by QUERY and print them with their tags; the number is always exact.

    Where nothing matches, it says which term is the cause, and how many match without each.

    Without QUERY every image matches. Orders: random, new, popular, tagcount, attr:NAME; -ORDER
    reverses all but random. A QUERY that begins with a dash stands behind --, as in
    `smashpass search -- -beard`.
    """
    installation = open_installation()
    index = installation.library.index
    if only_count:
        matched = count_matches(index, query, finder=installation.words)
        if as_json:
            why = {} if matched else {"empty": _explained(installation, query).as_json()}
            print_json({"query": query, "matched": matched} | why)
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
            | ({} if found.matched else {"empty": _explained(installation, query).as_json()})
        )
        return
    for card in images:
        click.echo(f"{card['image']}  {', '.join(card['tags'])}")  # type: ignore[arg-type]
    shown = f", the first {len(images)} shown" if len(images) < found.matched else ""
    click.echo(f"{found.matched:,} {'image' if found.matched == 1 else 'images'}{shown}")
    if not found.matched:
        for line in _why(_explained(installation, query)):
            click.echo(line)


def _explained(installation: Installation, query: str) -> Emptiness:
    """Return why a query matches nothing."""
    return explained(query, installation.library.index, finder=installation.words)


def _why(empty: Emptiness) -> Iterator[str]:
    """Yield the cause and what each term contributes, a line each."""
    yield f"why: {empty.cause}"
    if len(empty.terms) > 1:
        for term in empty.terms:
            yield f"  without {term.term}: {term.without:,}  (alone: {term.alone:,})"
