"""``smashpass takedown``: permanent removal of an image and its picture."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from smashpass.bootstrap.container import Container
from smashpass.cli.installation import open_services, operator
from smashpass.cli.output import json_option, print_json
from smashpass.core.errors import BadInput, NotFound
from smashpass.core.library.stored import ImageRecord

_DIGITS = frozenset("0123456789abcdef")


@click.command(epilog="Example: smashpass takedown 5f0c3a --reason 'requested by its author'")
@click.argument("image", required=False, metavar="[IMAGE|FILE]")
@click.option("--sha256", metavar="DIGITS", help="Take down the picture with this SHA-256 instead.")
@click.option("--reason", required=True, metavar="TEXT", help="Reason, recorded in the change log.")
@json_option
def command(image: str | None, sha256: str | None, reason: str, as_json: bool) -> None:
    """Take down IMAGE, or every image whose picture is FILE: hide it and remove its files.

    All images with the same pixels are taken down too, and no import brings the picture back;
    similar pictures are quarantined on import. Servers answer 410 from then on. Similar images
    already in the library are listed, and a moderation case is opened for each visible one.
    """
    if (image is None) == (sha256 is None):
        raise click.UsageError("give either IMAGE, FILE or --sha256")
    services, by = open_services(), operator()
    moderation = services.moderation
    digest: str | None = None
    if sha256 is not None:
        digest = _digest(sha256)
        outcome = moderation.take_down_picture(digest, by=by, origin="cli", reason=reason)
    elif Path(image or "").is_file():
        path = Path(image or "")
        digest = _sha256_of(path)
        outcome = moderation.take_down_picture(
            digest, by=by, origin="cli", reason=reason, file=path
        )
    else:
        digest = _record(services, image or "").sha256 or None
        outcome = moderation.take_down_image(image or "", by=by, origin="cli", reason=reason)
    if as_json:
        near = [alike.as_json() for alike in outcome.near]
        print_json({"images": outcome.images, "sha256": digest, "near": near})
        return
    count = len(outcome.images)
    click.echo(f"took down {count} image{'s' if count != 1 else ''}")
    if outcome.near:
        click.echo("similar images; check each, and take it down if it shows the same picture:")
    for alike in outcome.near:
        click.echo(f"  {alike.image}  distance {alike.distance:.2f} of 255")


def _record(services: Container, image: str) -> ImageRecord:
    """Return what the library has of the image with a public id."""
    try:
        return services.images.find_record(image)
    except NotFound as error:
        raise NotFound(f"there is no image or file {image[:60]!a}") from error


def _sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(text: str) -> str:
    """Return a SHA-256 in lower case."""
    digits = text.strip().lower()
    if len(digits) != 64 or not _DIGITS.issuperset(digits):
        raise BadInput("a SHA-256 has 64 hex digits", hint="see sha256sum FILE")
    return digits
