"""``smashpass search``: images that match a query."""

from __future__ import annotations

from collections.abc import Iterator

import click

from smashpass.bootstrap.container import Container
from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option, print_json
from smashpass.services.search.emptiness import Emptiness
from smashpass.services.search.search import DEFAULT_ORDER


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

    Without QUERY every image matches. Orders: random, new, popular, tagcount, attr:NAME,
    like:ID; -ORDER reverses all but random. Put a QUERY that begins with a dash after --, as in
    `smashpass search -- -beard`.
    """
    services = open_services()
    index = services.library.index
    if only_count:
        matched = services.search.count(index, query)
        if as_json:
            explanation = {} if matched else {"empty": _explained(services, query).as_json()}
            print_json({"query": query, "matched": matched} | explanation)
        else:
            click.echo(matched)
        return
    page = services.search.page(index, query, order=order, limit=limit)
    images = services.images.cards(index, page.ordinals)
    if as_json:
        print_json(
            {"query": query, "order": order, "matched": page.matched, "images": images}
            | {"next": None if page.following is None else images[-1]["image"]}
            | ({} if page.matched else {"empty": _explained(services, query).as_json()})
        )
        return
    for card in images:
        click.echo(f"{card['image']}  {', '.join(card['tags'])}")  # type: ignore[arg-type]
    note = f", the first {len(images)} shown" if len(images) < page.matched else ""
    click.echo(f"{page.matched:,} {'image' if page.matched == 1 else 'images'}{note}")
    if not page.matched:
        for line in _why(_explained(services, query)):
            click.echo(line)


def _explained(services: Container, query: str) -> Emptiness:
    """Return why a query matches nothing."""
    return services.search.explain_emptiness(services.library.index, query)


def _why(empty: Emptiness) -> Iterator[str]:
    """Yield the cause and what each term contributes, a line each."""
    yield f"why: {empty.cause}"
    if len(empty.terms) > 1:
        for term in empty.terms:
            yield f"  without {term.term}: {term.without:,}  (alone: {term.alone:,})"
