"""How ``smashpass media formats`` prints what it measured."""

from __future__ import annotations

from dataclasses import asdict

import click

from smashpass.cli.output import print_json
from smashpass.services.pictures.encodings import (
    AVIF_BYTES,
    AVIF_TIMES,
    MOST_BYTES,
    Comparison,
)

_HEADER = ("encoding", "quality", "bytes", "encode ms", "decode ms", "PSNR dB")


def print_formats(outcome: Comparison, originals: int, as_json: bool) -> None:
    """Print the means of each encoding, and what follows from them."""
    if as_json:
        print_json(
            {
                "pictures": outcome.pictures,
                "refused": outcome.refused,
                "originals": originals,
                "encodings": [
                    asdict(encoding) | asdict(trial) for encoding, trial in outcome.trials.items()
                ],
                "recommended_effort": outcome.effort,
                "recommended_avif": outcome.avif and asdict(outcome.avif),
            }
        )
        return
    refused = f", {outcome.refused:,} cannot be decoded" if outcome.refused else ""
    click.echo(f"{outcome.pictures:,} pictures, {originals:,} of them originals{refused}")
    if originals < outcome.pictures:
        click.echo(
            "The others are stored WebP files, which favours WebP: name a folder of originals "
            "to compare formats."
        )
    rows = [_HEADER] + [
        (
            encoding.name,
            str(encoding.quality),
            f"{trial.size:,.0f}",
            f"{trial.encode_s * 1e3:.1f}",
            f"{trial.decode_s * 1e3:.1f}",
            f"{trial.psnr:.2f}",
        )
        for encoding, trial in outcome.trials.items()
    ]
    for name, *figures in rows:
        click.echo(f"{name:<14}" + "".join(f"{figure:>11}" for figure in figures))
    click.echo(recommendation(outcome))


def recommendation(outcome: Comparison) -> str:
    """Return one line that says what to set, and by which rule."""
    rule = f"the least effort within {MOST_BYTES - 1:.0%} of the fewest bytes"
    advice = f"SMASHPASS_PICTURE_EFFORT={outcome.effort}: {rule}"
    pays = (
        f"{1 - AVIF_BYTES:.0%} fewer bytes at the same PSNR, with at most {AVIF_TIMES:g} times the "
        "time to encode and to decode"
    )
    if outcome.avif is None:
        return f"{advice}. AVIF does not pay, which would take {pays}."
    return f"{advice}. {outcome.avif.name} pays ({pays}), but only WebP files are stored."
