"""``smashpass takedown``: an image and its picture go, for good."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from smashpass.bootstrap.installation import Installation
from smashpass.cli.installation import open_installation, operator
from smashpass.cli.output import json_option, print_json
from smashpass.core.errors import BadInput, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.pictures.picture import Picture
from smashpass.media.pool import Task

_DIGITS = frozenset("0123456789abcdef")


@click.command(epilog="Example: smashpass takedown 5f0c3a --reason 'asked for by its author'")
@click.argument("image", required=False, metavar="[IMAGE|FILE]")
@click.option("--sha256", metavar="DIGITS", help="The picture of this content instead.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the change log.")
@json_option
def command(image: str | None, sha256: str | None, reason: str, as_json: bool) -> None:
    """Take IMAGE down, or every image whose picture is FILE: out of sight, its files removed.

    All images with the same pixels go with it, and no import brings that picture back; one near
    it is held in quarantine. Servers answer 410 from then on. Images already here that are near
    it are listed, and each that is shown gets an open case, for a person to decide.
    """
    if (image is None) == (sha256 is None):
        raise click.UsageError("give either IMAGE, FILE or --sha256")
    installation = open_installation()
    takedown, by = installation.takedown, operator()
    digest: str | None = None
    if sha256 is not None:
        digest = _digest(sha256)
        taken = takedown.picture(digest, by=by, origin="cli", reason=reason)
    elif Path(image or "").is_file():
        path = Path(image or "")
        digest = _sha256_of(path)
        pixels = _pixels(installation, path, digest)
        taken = takedown.picture(digest, by=by, origin="cli", reason=reason, pixels=pixels)
    else:
        ordinal = _image(installation, image or "")
        digest = installation.catalogue.images([ordinal])[0].sha256 or None
        taken = takedown.image(ordinal, by=by, origin="cli", reason=reason)
    if as_json:
        near = [alike.as_json() for alike in taken.near]
        print_json({"images": taken.images, "sha256": digest, "near": near})
        return
    count = len(taken.images)
    click.echo(f"took down {count} image{'s' if count != 1 else ''}")
    if taken.near:
        click.echo("these look like it; look at each, and take it down if it is the same:")
    for alike in taken.near:
        click.echo(f"  {alike.image}  distance {alike.distance:.2f} of 255")


def _image(installation: Installation, text: str) -> Ordinal:
    """Return the image of a public id."""
    ordinal = installation.image_ids.decode(text)
    if ordinal is None or not installation.catalogue.images([ordinal]):
        raise NotFound(f"there is no image or file {text[:60]!a}")
    return ordinal


def _sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pixels(installation: Installation, path: Path, sha256: str) -> str:
    """Return the pixel hash of a file; "" if the library knows it, or it is not a picture."""
    if installation.catalogue.with_picture(sha256):
        return ""
    with installation.decoders(workers=1) as pool:
        (picture,) = pool.look_at([Task(str(path.resolve()), ())])
    return picture.pixels if isinstance(picture, Picture) else ""


def _digest(text: str) -> str:
    """Return a SHA-256 in small letters."""
    digits = text.strip().lower()
    if len(digits) != 64 or not _DIGITS.issuperset(digits):
        raise BadInput("a SHA-256 has 64 hex digits", hint="see sha256sum FILE")
    return digits
