"""``smashpass decide``: one image, or a list of tags, with a tree of the active revision."""

from __future__ import annotations

from pathlib import Path

import click

from smashpass.cli.arguments import file_name
from smashpass.cli.decide.replay import replay_files
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option, print_json
from smashpass.core.errors import NotFound
from smashpass.core.rules.decision import AttributeReason, Decision, Step
from smashpass.core.rules.explain.plain_language import headline
from smashpass.core.rules.formatting import format_value
from smashpass.services.rules.book import parse_attributes, split_tags


@click.command(epilog="Example: smashpass decide --tags beard,glasses --explain")
@click.option("--image", help="Id of an image in the library.")
@click.option("--tags", help="Tags of a hypothetical image, as a,b,c.")
@click.option(
    "--attr", "attributes", multiple=True, metavar="K=V", help="An attribute; repeatable."
)
@click.option("--tree", help="Tree to use; by default the one labelled 'default'.")
@click.option("--explain", is_flag=True, help="Say why, what would flip the verdict, and the path.")
@click.option(
    "--replay",
    "log_files",
    multiple=True,
    metavar="FILE",
    type=file_name,
    help="Replay every record of a decision log and report differences; repeatable.",
)
@json_option
def command(
    image: str | None,
    tags: str | None,
    attributes: tuple[str, ...],
    tree: str | None,
    explain: bool,
    log_files: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Decide one image of the library (--image) or a hypothetical one (--tags).

    With --replay, repeat logged decisions; exit 1 if any differs.
    """
    if log_files:
        if image is not None or tags is not None or attributes or tree is not None or explain:
            raise click.UsageError("--replay cannot be combined with other options")
        return replay_files(open_services(), log_files, as_json=as_json)
    if (image is None) == (tags is None):
        raise click.UsageError("give either --image or --tags")
    services = open_services()
    values = parse_attributes(attributes, services.rules.book.find(tree))
    if image is not None:
        ordinal = services.images.ordinal_of(image)
        if ordinal is None or ordinal not in services.library.index.live:
            raise NotFound(f"there is no image {image!r}", hint="see `smashpass search`")
        decision = services.decisions.decide(ordinal, image, values, tree=tree, explain=explain)
    else:
        names = split_tags(tags or "")
        decision = services.decisions.decide_tags(names, values, tree=tree, explain=explain)
    if as_json:
        print_json(decision.as_json())
    else:
        _print(decision)
    return ExitCode.DONE


def _print(decision: Decision) -> None:
    """Print a decision as text."""
    if decision.explanation is not None:
        click.echo(f"{decision.verdict.capitalize()}: {decision.explanation}")
    for flip in decision.flip or ():
        click.echo(headline(flip, flip.verdict.capitalize()))
    if decision.flip == ():
        click.echo("No small change to the picture would flip it.")
    click.echo(f"{decision.verdict} ({decision.weight} %): {decision.reason}")
    cause = f", {decision.fallback}" if decision.fallback else ""
    if model := decision.model:
        kept = "kept score" if model["source"] == "store" else f"asked, {model['ms']} ms"
        name = " ".join(
            str(model[part]) for part in ("name", "model", "version") if model.get(part)
        )
        cause = f", {name}: {model['score']} ({kept})"
    click.echo(
        f"decided by {decision.engine}{cause}: tree {decision.tree}, leaf {decision.leaf}, "
        f"revision {decision.revision[:12]}"
    )
    for step in decision.path or ():
        click.echo(
            f"  {'yes' if step.result else 'no ':3} {step.node}: {step.test}{_because(step)}"
        )
    for flip in decision.flip or ():
        click.echo(f"would be {flip.verdict} {flip.change}")


def _because(step: Step) -> str:
    """Return, in brackets, the tags and attributes that determined a test."""
    reasons = []
    for reason in step.because:
        if isinstance(reason, AttributeReason):
            value = "missing" if reason.value is None else format_value(reason.value)
            reasons.append(f"{reason.attr} is {value}")
        else:
            reasons.append(reason.tag + (f" via {reason.via}" if reason.via else ""))
    return f" ({', '.join(reasons)})" if reasons else ""
