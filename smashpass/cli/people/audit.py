"""``smashpass audit``: the audit trail of security-relevant actions."""

from __future__ import annotations

from dataclasses import asdict

import click

from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option, print_json


@click.group(epilog="Example: smashpass audit verify")
def command() -> None:
    """Verify or export the audit trail, whose entries are chained by SHA-256.

    Each digest is the SHA-256 of the previous digest (32 bytes, initially zeros) and the JSON list
    [id, at, actor, action, target, detail], where detail is JSON text with sorted keys.
    """


@command.command(epilog="Example: smashpass audit verify --json")
@json_option
def verify(as_json: bool) -> int:
    """Verify that no entry was changed, removed, moved or added; exit 1 if one was.

    Keep the printed digest outside the database: anyone with write access to the database could
    rebuild the whole chain, but not so that it ends in your digest.
    """
    count, end, broken = open_services().audit.verify()
    if as_json:
        fault = None if broken is None else {"entry": broken.id, "detail": broken.why}
        print_json(
            {"ok": broken is None, "entries": count, "last": end.id, "sha256": end.sha256.hex(),
             "broken": fault}
        )  # fmt: skip
    elif broken is not None:
        click.echo(f"entry {broken.id}: {broken.why}; {count:,} entries before it are intact")
    else:
        click.echo(f"{count:,} entries are intact; the last is {end.id}, {end.sha256.hex()}")
    return ExitCode.DONE if broken is None else ExitCode.FAILED


@command.command(epilog="Example: smashpass audit export > audit.jsonl")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Only entries after this id.")
def export(after: int) -> None:
    """Print every entry as one line of JSON, with its digest; `at` is microseconds since 1970."""
    for entry in open_services().audit.entries(after):
        print_json(asdict(entry))
