"""Tag dictionaries in ``smashpass import``."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import click

from smashpass.importing.detect import detect
from smashpass.importing.runs.lock import import_lock
from smashpass.settings import load


def is_dictionary(source: str, format_name: str | None) -> bool:
    """Tell whether a source is a tag dictionary, which contains tags and no images."""
    if format_name not in (None, "auto"):
        return format_name == "tags"
    return detect(Path(source)).format == "tags"


def import_dictionary(context: click.Context, source: str, *, dry_run: bool, as_json: bool) -> int:
    """Import a tag dictionary, or preview its effect."""
    from smashpass.cli.tags.files import import_

    with nullcontext() if dry_run else import_lock(load(os.environ).home, source):
        code = context.invoke(
            import_, file=Path(source), dry_run=dry_run, reason=None, as_json=as_json
        )
    assert isinstance(code, int)
    return code
