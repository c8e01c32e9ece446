"""Static files, held in memory and served under content-versioned addresses."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Request, Response

_YEAR_S = 365 * 24 * 3_600
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_PACKED = frozenset({".css", ".js", ".svg"})
_IMPORTED = re.compile(r'^(?:import|export) [^;]*?from "\./([\w.]+)";', re.MULTILINE)
_BEHIND_CODE = re.compile(rb"(?<=[;,{]) +//[^\n\"'`]*$", re.MULTILINE)
"""Comments behind code; those with a quotation mark stay, for they might stand in a string."""
_FOR_READERS = re.compile(rb"^[ \t]*(?:(?:/\*\*.*?\*/|//[^\n]*)\n)?", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as served; ``packed`` is None if gzip saves nothing."""

    content: bytes
    packed: bytes | None
    mime: str


class Assets:
    """All files of a folder, and some made at startup. About 100 KB, read once.

    All share one version, the hash of everything, so that modules can import each other by
    relative address, and every address may be cached permanently.
    """

    def __init__(self, folder: Path, further: Mapping[str, bytes] | None = None) -> None:
        """Read ``folder``; files of unknown types are skipped.

        Args:
            folder: Where the files are.
            further: The content of further files by name, such as a style sheet of the settings.
        """
        paths = sorted(path for path in folder.rglob("*") if path.suffix in _TYPES)
        contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        contents |= further or {}
        self._files = {name: _packed(name, content) for name, content in contents.items()}
        digest = hashlib.sha256()
        for name, asset in self._files.items():
            digest.update(f"{name} {len(asset.content)}\n".encode())
            digest.update(asset.content)
        self.version = digest.hexdigest()[:12]

    @property
    def names(self) -> tuple[str, ...]:
        """Paths of all files, relative to the folder."""
        return tuple(self._files)

    def imports_of(self, module: str) -> list[str]:
        """Return the ES modules that ``module`` imports, directly or not, by name.

        Dynamic imports are left out: those modules are loaded when they are needed.
        """
        imported: set[str] = set()
        waiting = [module]
        while waiting:
            content = self._files[f"js/{waiting.pop()}"].content.decode()
            fresh = set(_IMPORTED.findall(content)) - imported
            imported |= fresh
            waiting += fresh
        return sorted(imported - {module})

    def answer(self, request: Request, version: str, name: str) -> Response | None:
        """Return the response with a file, or None if there is no such file.

        A page of another version, open during an update, gets the current file, uncached.
        """
        asset = self._files.get(name)
        if asset is None:
            return None
        packed = asset.packed is not None and request.accept_encodings["gzip"] > 0
        answer = Response(asset.packed if packed else asset.content, content_type=asset.mime)
        if asset.packed is not None:
            answer.vary.add("Accept-Encoding")
        if packed:
            answer.content_encoding = "gzip"
        if version == self.version:
            answer.cache_control.public = True
            answer.cache_control.max_age = _YEAR_S
            answer.cache_control.immutable = True
        else:
            answer.cache_control.no_store = True
        answer.set_etag(f"{self.version}{'-gzip' if packed else ''}")
        answer.make_conditional(request)
        return answer


def _packed(name: str, content: bytes) -> Asset:
    """Return a file as served: comments are stripped from modules."""
    suffix = Path(name).suffix
    if suffix == ".js":
        content = _BEHIND_CODE.sub(b"", _FOR_READERS.sub(b"", content))
    packed = gzip.compress(content, 9, mtime=0) if suffix in _PACKED else None
    return Asset(content, packed, _TYPES[suffix])
