"""Vocabulary in ``smashpass import``: tag dictionaries, and tag knowledge of collections."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smashpass.importing.detect import detect
from smashpass.importing.runs.lock import import_lock
from smashpass.importing.runs.runfiles import RunFolders
from smashpass.services.importing.request import Summary
from smashpass.services.importing.tag_knowledge import TagKnowledge, adopt_categories
from smashpass.settings import load

if TYPE_CHECKING:
    from smashpass.bootstrap.installation import Installation


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


def adopt_tag_knowledge(
    installation: Installation | None, knowledge: TagKnowledge, summary: Summary
) -> Summary:
    """Adopt the categories that a collection provides, and offer the rest; return the counts.

    A dry run (``summary.run`` is None) only counts.
    """
    counts = knowledge.counts()
    summary = replace(summary, tag_knowledge=counts)
    if installation is None or summary.run is None or not counts:
        return summary
    catalogue = installation.catalogue
    adopt_categories(catalogue, catalogue.tags(), knowledge, summary.run)
    offered = knowledge.offered()
    if not offered:
        return summary
    file = RunFolders(installation.home).write_dictionary(summary.run, offered)
    return replace(summary, offered=str(file))
