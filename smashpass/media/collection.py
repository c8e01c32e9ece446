"""The pictures of a collection that is imported: found inside its folder, looked at, sizes made.

``copy`` makes both sizes, so that the collection may go away afterwards; ``link`` makes the small
one and remembers where the original lies, of which the large one is made when it is first asked
for. The originals themselves, with whatever is written in them, are never copied.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from smashpass.core.pictures.picture import Picture, PictureRefusal, Size
from smashpass.media.pool import DecoderPool, Task

Keep = Literal["copy", "link", "nothing"]
"""What an import leaves behind of a picture; ``nothing`` is for dry runs."""

_SIZES: dict[Keep, tuple[Size, ...]] = {
    "copy": ("small", "large"),
    "link": ("small",),
    "nothing": (),
}


class CollectionPictures:
    """Looks at the pictures of collections."""

    def __init__(self, pool: DecoderPool, keep: Keep) -> None:
        """Decode with ``pool``; ``keep`` says which files are made."""
        self._pool = pool
        self._keep = keep

    def examine(
        self, folder: str, names: Sequence[str], source_types: Sequence[str] = ()
    ) -> list[Picture | PictureRefusal]:
        """Return what the files ``names``, relative to ``folder``, are; their sizes are made.

        ``source_types`` are the digital source types that are stated for them, "" for none.

        Raises:
            NotPossible: Nothing can be decoded, or nothing written.
        """
        root = os.path.realpath(folder)
        paths = [_inside(root, name) for name in names]
        sizes = _SIZES[self._keep]
        tasks = [
            Task(path, sizes, source_type=source_type)
            for path, source_type in zip(paths, source_types or [""] * len(paths), strict=True)
            if isinstance(path, str)
        ]
        answers = iter(self._pool.inspect(tasks))
        results: list[Picture | PictureRefusal] = []
        for path in paths:
            if isinstance(path, PictureRefusal):
                results.append(path)
                continue
            answer = next(answers)
            if self._keep == "link" and isinstance(answer, Picture):
                answer = replace(answer, origin=path)
            results.append(answer)
        return results


def _inside(root: str, name: str) -> str | PictureRefusal:
    """Return the path of a file if it lies in ``root``, links resolved."""
    if not name:
        return PictureRefusal("no_picture", "the row names no file; --media none takes it as it is")
    if "\0" in name:
        return PictureRefusal("bad_path", "the file name holds a NUL")
    folder, last = os.path.split(os.path.join(root, name))  # noqa: PTH118 - may hold any bytes
    folder = os.path.realpath(folder)
    if last in ("", ".", "..") or not f"{folder}/".startswith(root.rstrip("/") + "/"):
        return PictureRefusal("bad_path", f"{name[:60]!a} leads out of the collection")
    return f"{folder}/{last}"
