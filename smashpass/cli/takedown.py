"""``smashpass takedown``: an image and its picture go, for good."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from smashpass.bootstrap import Installation
from smashpass.cli.installation import open_installation, operator
from smashpass.cli.output import json_option, print_json
from smashpass.core.errors import BadInput, NotFound
from smashpass.core.picture import Picture
from smashpass.media.pool import Task
from smashpass.services.reasons import read_reason
from smashpass.services.taking_down import NearImage, open_near_cases, take_down

NOTED_NEAR = 50
"""Near images that are named in the audit trail; the number says how many there are."""

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
    reason = read_reason(reason)
    installation = open_installation()
    by = operator()
    wanted = _digest(sha256) if sha256 is not None else _meant(installation, image or "")
    catalogue = installation.catalogue
    near: list[NearImage] = []
    if isinstance(wanted, str):
        pixels = _pixels(installation, image or "", wanted)
        gone = take_down(
            catalogue,
            installation.media,
            wanted,
            by=by,
            origin="cli",
            reason=reason,
            pixels=pixels,
        )
        taken = catalogue.images(gone)[0].sha256
        near = open_near_cases(
            catalogue,
            installation.audit,
            installation.notices,
            taken,
            by=by,
            kind="rights",
            name_image=installation.image_ids.encode,
        )
    else:
        catalogue.set_state([wanted], "taken_down", by=by, origin="cli", reason=reason)
        gone = [catalogue.images([wanted])[0].ordinal]
    names = [installation.image_ids.encode(ordinal) for ordinal in gone]
    listed = [
        {"image": installation.image_ids.encode(one.ordinal), "distance": round(one.distance, 2)}
        for one in near
    ]
    detail = {"reason": reason, "near": listed[:NOTED_NEAR], "near_count": len(listed)}
    installation.audit.append(by, "takedown", ",".join(names)[:1_000], detail)
    if as_json:
        digest = wanted if isinstance(wanted, str) else None
        print_json({"images": names, "sha256": digest, "near": listed})
        return
    click.echo(f"took down {len(names)} image{'s' if len(names) != 1 else ''}")
    if listed:
        click.echo("these look like it; look at each, and take it down if it is the same:")
    for one in listed:
        click.echo(f"  {one['image']}  distance {one['distance']} of 255")


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


def _pixels(installation: Installation, text: str, sha256: str) -> str:
    """Return the pixel hash of a file; "" if no file is meant, or it is not a picture."""
    path = Path(text)
    if not text or not path.is_file() or installation.catalogue.with_picture(sha256):
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
