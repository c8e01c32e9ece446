"""A line on the terminal that counts files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_EVERY = 100


@contextmanager
def file_counter(*, as_json: bool) -> Iterator[Callable[[int], None]]:
    """Yield what shows the number of files that were seen; shows nothing without a terminal."""
    is_shown = sys.stderr.isatty() and not as_json

    def show(count: int) -> None:
        if is_shown and count % _EVERY == 0:
            click.echo(f"\r{count:,} files", nl=False, err=True)

    yield show
    if is_shown:
        click.echo("\r\033[K", nl=False, err=True)
