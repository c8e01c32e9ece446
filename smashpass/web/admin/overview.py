"""The first page: what there is, and what waits for somebody."""

from __future__ import annotations

import shutil

from flask import Response

from smashpass.core.errors import NotPossible
from smashpass.web.admin.table import Ask, Pages

pages = Pages("overview")

_GIB = 1 << 30


@pages.get("", who="analyst")
def overview(ask: Ask) -> Response:
    """What there is now."""
    parts = ask.parts
    parts.library.refresh()
    index = parts.library.index
    try:
        revision = parts.rules.book.revision
        trees = [tree.title or tree.id for tree in parts.rules.book.trees.values()]
    except NotPossible:
        revision, trees = "", []
    disk = shutil.disk_usage(parts.home)
    return ask.page(
        "overview.html",
        images=len(index.live),
        hidden=len(index.parts.hidden),
        version=index.version,
        revision=revision,
        trees=trees,
        free_gib=disk.free / _GIB,
        free_share=disk.free / disk.total,
    )
