"""``smashpass decide``: one image, or a list of tags, by a tree of the active revision."""

from __future__ import annotations

from pathlib import Path

import click

from smashpass.cli.arguments import file_name
from smashpass.cli.decide.replay import replay_files
from smashpass.cli.installation import open_installation
from smashpass.cli.output import json_option, print_json
from smashpass.core.errors import NotFound
from smashpass.core.rules.decision import AttributeReason, Decision, Step
from smashpass.core.rules.explain.plain_language import sentences
from smashpass.core.rules.formatting import value_words
from smashpass.services.rules.book import decide_tags, parse_attributes, split_tags
from smashpass.services.scoring.collect import ImageToScore


@click.command(epilog="Example: smashpass decide --tags beard,glasses --explain")
@click.option("--image", help="Id of an image of the library.")
@click.option("--tags", help="Tags of an image that need not exist, as a,b,c.")
@click.option(
    "--attr", "attributes", multiple=True, metavar="K=V", help="An attribute; repeatable."
)
@click.option("--tree", help="Which tree; the one labelled 'default' if not given.")
@click.option("--explain", is_flag=True, help="Show the path, and what would turn the verdict.")
@click.option(
    "--replay",
    "replayed",
    multiple=True,
    metavar="FILE",
    type=file_name,
    help="Decide every record of a decision log again and tell what differs; repeatable.",
)
@json_option
def command(
    image: str | None,
    tags: str | None,
    attributes: tuple[str, ...],
    tree: str | None,
    explain: bool,
    replayed: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Decide one image of the library (--image) or a made-up one (--tags).

    With --replay, decisions that were logged are made again; exit 1 if one differs.
    """
    if replayed:
        if image is not None or tags is not None or attributes or tree is not None or explain:
            raise click.UsageError("--replay goes with nothing else")
        return replay_files(open_installation(), replayed, as_json=as_json)
    if (image is None) == (tags is None):
        raise click.UsageError("give either --image or --tags")
    installation = open_installation()
    book = installation.active_rules()
    chosen = book.find(tree)
    given = parse_attributes(attributes, chosen)
    index = installation.library.index
    if image is not None:
        ordinal = installation.image_ids.decode(image)
        if ordinal is None or ordinal not in index.live:
            raise NotFound(f"there is no image {image!r}", hint="see `smashpass search`")
        compiled = book.compiled(chosen, index.vocabulary)
        pictures = installation.catalogue.pictures_of([ordinal]) if compiled.asks_plugins else {}
        wanted = ImageToScore(image, index.facts(ordinal, given), pictures.get(ordinal))
        (decision,) = installation.scoring.decisions(
            compiled, [wanted], revision=book.revision, viewer="", explain=explain
        )
    else:
        names = split_tags(tags or "")
        decision = decide_tags(book, index.vocabulary, names, given, tree=tree, explain=explain)
    if as_json:
        print_json(decision.as_json())
    else:
        _print(decision)
    return 0


def _print(decision: Decision) -> None:
    """Print a decision for a person."""
    click.echo(f"{decision.verdict} ({decision.weight} %): {decision.reason}")
    fallback = f", {decision.fallback}" if decision.fallback else ""
    click.echo(
        f"decided by {decision.engine}{fallback}: tree {decision.tree}, leaf {decision.leaf}, "
        f"revision {decision.revision[:12]}"
    )
    for step in decision.path or ():
        click.echo(
            f"  {'yes' if step.result else 'no ':3} {step.node}: {step.test}{_because(step)}"
        )
    for flip in decision.flip or ():
        click.echo(f"would be {flip.verdict} {flip.change}")
    if decision.flip == ():
        click.echo("no small change of the image would turn it")
    if decision.path is not None:
        click.echo(f"in short: {' '.join(sentences(decision))}")


def _because(step: Step) -> str:
    """Return in brackets what a test was met by, or saw."""
    reasons = []
    for reason in step.because:
        if isinstance(reason, AttributeReason):
            value = "missing" if reason.value is None else value_words(reason.value)
            reasons.append(f"{reason.attr} is {value}")
        else:
            reasons.append(reason.tag + (f" via {reason.via}" if reason.via else ""))
    return f" ({', '.join(reasons)})" if reasons else ""
