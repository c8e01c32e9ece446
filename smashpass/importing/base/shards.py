"""Finds the files of collections that are split into several files of one kind."""

from __future__ import annotations

import re
from pathlib import Path

from smashpass.core.errors import BadInput, NotFound

TARS = (".tar", ".tar.gz", ".tgz")
"""How the names of tar files end, in small letters."""

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def shards_of(path: Path, *endings: str) -> list[Path]:
    """Return the files that ``path`` refers to, by name; in a folder those with one of ``endings``.

    Raises:
        NotFound: There are none.
    """
    match = _RANGE.search(path.name)
    if match is not None and not path.exists():
        first, last = match.groups()
        numbers = [f"{number:0{len(first)}}" for number in range(int(first), int(last) + 1)]
        if len(numbers) > 100_000:
            raise BadInput("these are over 100,000 shards", where=str(path))
        names = [path.name.replace(match.group(), number) for number in numbers]
        shards = [path.with_name(name) for name in names]
    elif path.is_dir():
        shards = sorted(entry for entry in path.iterdir() if is_shard(entry.name, *endings))
    else:
        shards = [path]
    if not shards or not all(shard.is_file() for shard in shards):
        raise NotFound(f"there is no such {endings[0]} file", where=str(path))
    return shards


def is_shard(name: str, *endings: str) -> bool:
    """Whether a file belongs to the collection: not hidden, with one of ``endings``."""
    return not name.startswith(".") and name.lower().endswith(endings)
