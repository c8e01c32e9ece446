"""The child process that decodes: ``python -m smashpass.media.worker FOLDER``.

One JSON object a line in, one out. It limits itself before it reads the first file: if a file
makes it use more memory or time than that, it dies, and its parent refuses that file alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import socket
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from smashpass.core.pictures.marks import marks_of
from smashpass.core.pictures.picture import LONGEST_SIDE, Size, stored_size
from smashpass.core.pictures.source_types import stronger
from smashpass.media.confinement import confine
from smashpass.media.decode import MAX_BYTES, Decoded, PictureRefused, decode
from smashpass.media.derive import encoded, placeholder
from smashpass.media.folder import MediaFolder
from smashpass.media.likeness import pixel_hash, signature
from smashpass.media.store import SAME_PIXELS_TAKEN_DOWN, TAKEN_DOWN

MEMORY_BYTES = 512 << 20
CPU_S = 10
"""Seconds of computing for one picture; 24 million pixels take about one."""

_FILE_BYTES = 64 << 20
_OPEN_FILES = 64


def main(arguments: Sequence[str]) -> int:
    """Answer requests until standard input ends."""
    limit_everything()
    confine()
    folder = MediaFolder(Path(arguments[0]))
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    for line in sys.stdin.buffer:
        limit_time(CPU_S)
        request = json.loads(line)
        connecting = "port" in request
        answer = json.dumps(connected(request) if connecting else answered(request, folder))
        sys.stdout.buffer.write(answer.encode() + b"\n")
        sys.stdout.buffer.flush()
    return 0


def answered(request: Mapping[str, Any], folder: MediaFolder) -> dict[str, Any]:
    """Decode a file and make its sizes; or return ``code`` and ``reason`` of its refusal.

    Where the sizes cannot be written it is ``failure`` instead. The request names ``path``, the
    ``sizes`` to write, ``sha256`` where only the file of that content will do, the ``source_type``
    that is stated for it, the ``effort`` of WebP, and the ``writer``: the files lie beside their
    places under this name, not flushed, and the parent puts them in place.
    """
    sizes: list[Size] = request["sizes"]
    try:
        data = read(request["path"])
        sha256 = hashlib.sha256(data).hexdigest()
        if request["sha256"] not in ("", sha256):
            raise PictureRefused("file_changed", "the file is not the one that was imported")
        if folder.forbids(sha256):
            raise PictureRefused(TAKEN_DOWN.code, TAKEN_DOWN.reason)
        picture = decode(data)
        pixels = pixel_hash(picture)
        if folder.forbids(pixels):
            raise PictureRefused(SAME_PIXELS_TAKEN_DOWN.code, SAME_PIXELS_TAKEN_DOWN.reason)
        marks = marks_of(picture.blocks)
        source_type = stronger(request["source_type"], marks.digital_source_type)
        stated = _files(picture, sha256, sizes, source_type, folder)
        effort = request["effort"]
        files = [(size, encoded(picture, size, says, effort)) for size, says in stated]
    except PictureRefused as refused:
        return {"code": refused.refusal.code, "reason": refused.refusal.reason}
    except MemoryError:
        return {"code": "too_much_memory", "reason": "showing it takes too much memory"}
    try:
        for size, content in files:
            folder.write_beside(sha256, size, content, request["writer"])
    except OSError as error:  # no fault of this file: every other would meet it too
        return {"failure": f"{error.filename or folder.root}: {error.strerror}"}
    return {
        "sha256": sha256,
        "width": picture.width,
        "height": picture.height,
        "mime": picture.mime,
        "placeholder": placeholder(picture),
        "size": len(data),
        "pixels": pixels,
        "signature": signature(picture).hex(),
        "marks": asdict(marks),
        "written": [size for size, _ in files],
    }


def connected(request: Mapping[str, Any]) -> dict[str, Any]:
    """Try to connect to a port of this machine, so that the parent can see whether it works."""
    try:
        socket.create_connection(("127.0.0.1", request["port"]), timeout=5).close()
    except OSError as error:
        return {"refused": error.strerror}
    return {"refused": ""}


def _files(
    picture: Decoded, sha256: str, sizes: Sequence[Size], source_type: str, folder: MediaFolder
) -> list[tuple[Size, str]]:
    """Return the files to write, with what they state.

    They are those of ``sizes`` that are missing, and those to be corrected.

    All files of a picture state the same digital source type: the strongest that any import of it
    stated, so that the large file of a linked picture says what the small one does.
    """
    if not sizes:
        return []
    wanted = {stored_size(picture.width, picture.height, size) for size in sizes}
    written = {size: folder.source_type(sha256, size) for size in LONGEST_SIDE}
    strongest = ""
    for stated in (*written.values(), source_type):
        strongest = stronger(strongest, stated or "")
    return [
        (size, strongest)
        for size, stated in written.items()
        if (stated is None and size in wanted) or (stated is not None and stated != strongest)
    ]


def read(path: str) -> bytes:
    """Return the content of a regular file; the last path component may not be a link.

    Raises:
        Refused: It is missing, not a regular file, or too large.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        number = os.open(path, flags)
    except FileNotFoundError as error:
        raise PictureRefused("no_file", "the file is not there") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PictureRefused("unreadable_file", f"the file cannot be opened: {reason}") from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise PictureRefused("unreadable_file", "it is not a regular file")
    with os.fdopen(number, "rb") as file:
        try:
            return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise PictureRefused("unreadable_file", f"reading fails: {error.strerror}") from error


def limit_everything() -> None:
    """Set the limits that hold for the whole life of this process."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (limit, limit))


def limit_time(seconds: int) -> None:
    """Allow so many seconds of computing from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    limit = int(used.ru_utime + used.ru_stime) + seconds + 1
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
