"""``smashpass takedown``: an image and its picture go, for good."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from smashpass.bootstrap import Installation
from smashpass.cli.installation import open_installation, operator
from smashpass.cli.output import json_option, print_json
from smashpass.core.errors import BadInput, NotFound
from smashpass.services.reasons import read_reason
from smashpass.services.taking_down import take_down

_DIGITS = frozenset("0123456789abcdef")


@click.command(epilog="Example: smashpass takedown 5f0c3a --reason 'asked for by its author'")
@click.argument("image", required=False, metavar="[IMAGE|FILE]")
@click.option("--sha256", metavar="DIGITS", help="The picture of this content instead.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the change log.")
@json_option
def command(image: str | None, sha256: str | None, reason: str, as_json: bool) -> None:
    """Take IMAGE down, or every image whose picture is FILE: out of sight, its files removed.

    All images with the same picture go with it, and no import brings that picture back. Servers
    answer 410 from then on.
    """
    if (image is None) == (sha256 is None):
        raise click.UsageError("give either IMAGE, FILE or --sha256")
    reason = read_reason(reason)
    installation = open_installation()
    by = operator()
    wanted = _digest(sha256) if sha256 is not None else _meant(installation, image or "")
    catalogue = installation.catalogue
    if isinstance(wanted, str):
        gone = take_down(catalogue, installation.media, wanted, by=by, origin="cli", reason=reason)
    else:
        catalogue.set_state([wanted], "taken_down", by=by, origin="cli", reason=reason)
        gone = [catalogue.images([wanted])[0].ordinal]
    names = [installation.image_ids.encode(ordinal) for ordinal in gone]
    installation.audit.append(by, "takedown", ",".join(names)[:1_000], {"reason": reason})
    if as_json:
        print_json({"images": names, "sha256": wanted if isinstance(wanted, str) else None})
    else:
        click.echo(f"took down {len(names)} image{'s' if len(names) != 1 else ''}")


def _meant(installation: Installation, text: str) -> str | int:
    """Return the SHA-256 of a file or of an image's picture; the image if it has none."""
    path = Path(text)
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    ordinal = installation.image_ids.decode(text)
    records = [] if ordinal is None else installation.catalogue.images([ordinal])
    if not records:
        raise NotFound(f"there is no image or file {text[:60]!a}")
    return records[0].sha256 or records[0].ordinal


def _digest(text: str) -> str:
    """Return a SHA-256 in small letters."""
    digits = text.strip().lower()
    if len(digits) != 64 or not _DIGITS.issuperset(digits):
        raise BadInput("a SHA-256 has 64 hex digits", hint="see sha256sum FILE")
    return digits
