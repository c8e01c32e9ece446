"""``smashpass audit``: the trail of acts that matter for security."""

from __future__ import annotations

from dataclasses import asdict

import click

from smashpass.cli.installation import open_installation
from smashpass.cli.output import json_option, print_json


@click.group(epilog="Example: smashpass audit verify")
def command() -> None:
    """Check or write out the audit trail, whose entries are chained by SHA-256.

    Each digest is the SHA-256 of the digest before (32 bytes, at first zeros) and of the JSON list
    [id, at, actor, action, target, detail], where detail is JSON text with its names sorted.
    """


@command.command(epilog="Example: smashpass audit verify --json")
@json_option
def verify(as_json: bool) -> int:
    """Check that no entry was changed, removed, moved or added; exit 1 if one was.

    Note the digest that is printed where the database is not: who may write to the database could
    make the whole chain again, but not with the digest that you have.
    """
    count, end, broken = open_installation().audit.verify()
    if as_json:
        fault = None if broken is None else {"entry": broken.id, "detail": broken.why}
        print_json(
            {"ok": broken is None, "entries": count, "last": end.id, "sha256": end.sha256.hex(),
             "broken": fault}
        )  # fmt: skip
    elif broken is not None:
        click.echo(f"entry {broken.id}: {broken.why}; {count:,} entries before it fit")
    else:
        click.echo(f"{count:,} entries fit; the last is {end.id}, {end.sha256.hex()}")
    return 0 if broken is None else 1


@command.command(epilog="Example: smashpass audit export > audit.jsonl")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Only entries behind this.")
def export(after: int) -> None:
    """Print every entry as one line of JSON, with its digest; `at` is microseconds since 1970."""
    for entry in open_installation().audit.entries(after):
        print_json(asdict(entry))
