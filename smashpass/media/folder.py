"""Picture files in a folder of this machine."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from smashpass.clock import system_clock
from smashpass.core.errors import BadSetting, NotPossible
from smashpass.core.pictures.picture import LONGEST_SIDE, Size
from smashpass.durable import keep_folder, make_folder, sync_file_system, sync_folder
from smashpass.media.store import (
    HEADER_BYTES,
    STORED,
    PictureStore,
    is_whole,
    name_of,
    tombstone_of,
)
from smashpass.services.ports.places import FileOnDisk, Place

_PREFIX = re.compile(r"[0-9a-f]{2}")
_UNFINISHED = "unfinished"
_ABANDONED_S = 3_600


def folder_of(url: str) -> Path:
    """Return the folder that a media address names.

    Raises:
        BadSetting: It names no folder.
    """
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path:
        raise BadSetting(
            f"{parts.scheme or url[:40]!r} is not a kind of address that pictures can be kept at: "
            "only file:// and s3:// are supported"
            if parts.scheme != "file"
            else f"{url[:80]!r} names no folder",
            where="SMASHPASS_MEDIA_URL",
            hint="write file:// and the absolute path of a folder, or s3://BUCKET/PREFIX",
        )
    return Path(unquote(parts.path))


class WrittenFile(NamedTuple):
    """A file that is written and not in place yet; ``writer`` is a text of letters and digits."""

    sha256: str
    size: Size
    writer: str


class MediaFolder(PictureStore):
    """A folder of picture files."""

    def __init__(self, root: Path) -> None:
        """Use a folder, which is made when the first file is written."""
        self.root = root
        self._kept: set[str] = set()

    def path(self, sha256: str, size: Size) -> Path:
        """Return where the file lies or would lie.

        Raises:
            ValueError: ``sha256`` is not 64 lower-case hex digits: never build paths of input.
        """
        return self.root / name_of(sha256, size)

    def has(self, sha256: str, size: Size) -> bool:
        """Whether the file is there."""
        return self.path(sha256, size).is_file()

    def read(self, sha256: str, size: Size) -> bytes:
        """Return a file.

        Raises:
            FileNotFoundError: It is not there.
        """
        return self.path(sha256, size).read_bytes()

    def entity_tag(self, sha256: str, size: Size) -> str:
        """Return a text that is another one whenever the file was written again; reads no content.

        It is worth nothing beyond this store: a copy of the file has another one.

        Raises:
            FileNotFoundError: It is not there.
        """
        status = self.path(sha256, size).stat()
        # A file is written beside and renamed, so it has another inode, and a time of its own
        # where the number was used before. Nobody can set the time of the last change of an inode.
        return f"{status.st_size:x}-{status.st_ino:x}-{status.st_ctime_ns:x}"

    def placed(self, sha256: str, size: Size) -> Place | None:
        """Return the file; None if it is not there or was cut off. ValueError for no digest.

        Cost: opens the file and reads its first bytes.
        """
        path = self.path(sha256, size)
        try:
            with path.open("rb", buffering=0) as file:
                whole = is_whole(file.read(HEADER_BYTES), os.fstat(file.fileno()).st_size)
        except (FileNotFoundError, IsADirectoryError):
            return None
        return FileOnDisk(path) if whole else None

    @contextmanager
    def on_disk(self, pictures: Sequence[tuple[str, Size]]) -> Iterator[list[Path]]:
        """Lend the files themselves."""
        yield [self.path(sha256, size) for sha256, size in pictures]

    def files(self) -> Iterator[tuple[str, Size]]:
        """Yield every stored file by the SHA-256 of its original and its size, in order.

        Cost: the listing of at most 65,536 folders, one at a time; no file is opened. What is
        written meanwhile may or may not be among them.
        """
        for sha256, size in self._entries():
            if size is not None:
                yield sha256, size

    def tombstones(self) -> Iterator[str]:
        """Yield the SHA-256 or pixel hash of everything that was taken down, in order."""
        for digest, size in self._entries():
            if size is None:
                yield digest

    def _entries(self) -> Iterator[tuple[str, Size | None]]:
        """Yield the names in all folders; the size is None for a tombstone."""
        sizes: dict[str | None, Size] = {"small": "small", "large": "large"}
        for folder in _below(self.root):
            for inner in _below(folder):
                for name in sorted(_names(inner)):
                    stored = STORED.fullmatch(name)
                    if stored:
                        yield stored[1], sizes.get(stored[2])

    def write(self, sha256: str, size: Size, content: bytes) -> None:
        """Write a file atomically: it survives a power failure, or does not exist at all."""
        self.settle([self.write_beside(sha256, size, content, str(os.getpid()))])

    def write_beside(self, sha256: str, size: Size, content: bytes, writer: str) -> WrittenFile:
        """Write a file where nobody looks for it; :meth:`settle` puts it in place.

        ``writer`` tells it from the same file by another process.
        """
        written = WrittenFile(sha256, size, writer)
        self._make(self.root / _UNFINISHED)
        self._beside(written).write_bytes(content)
        return written

    def settle(self, files: Iterable[WrittenFile]) -> None:
        """Put files in place: after a power failure, each is there whole or not at all.

        All have survived when this returns. Cost: a flush for each file and folder.
        """
        targets = {self._beside(file): self.path(file.sha256, file.size) for file in files}
        for beside in targets:
            with beside.open("rb") as content:
                os.fsync(content.fileno())
        folders = {target.parent for target in targets.values()}
        for folder in folders:
            self._make(folder)
        for beside, target in targets.items():
            beside.replace(target)
        for folder in folders:
            sync_folder(folder)

    def _beside(self, file: WrittenFile) -> Path:
        """Return where a file lies until it is put in place."""
        name = self.path(file.sha256, file.size).name
        return self.root / _UNFINISHED / f"{name}.{file.writer}"

    def write_all(self, files: Sequence[tuple[str, Size, bytes]]) -> None:
        """Write files whose rows do not exist yet; they are durable when this returns.

        One flush for all of them, by which 1,000 small files take a fraction of the time. A power
        failure before may leave one that is cut off: nothing names it, and the next import of its
        picture writes it again.
        """
        if not files:
            return
        self._make(self.root / _UNFINISHED)
        for sha256, size, content in files:
            target = self.path(sha256, size)
            unfinished = self.root / _UNFINISHED / f"{target.name}.{os.getpid()}"
            unfinished.write_bytes(content)
            try:
                unfinished.replace(target)
            except FileNotFoundError:
                target.parent.mkdir(parents=True, exist_ok=True)
                unfinished.replace(target)
        sync_file_system(self.root)

    def forbids(self, digest: str) -> bool:
        """Whether a picture was taken down, by its SHA-256 or its pixel hash."""
        return self._tombstone(digest).exists()

    def forbid(self, digest: str) -> None:
        """Forbid writing files of a picture again, by its SHA-256 or its pixel hash."""
        tombstone = self._tombstone(digest)
        self._make(tombstone.parent)
        tombstone.touch()
        sync_folder(tombstone.parent)

    def _tombstone(self, sha256: str) -> Path:
        """Return the file whose existence forbids a picture."""
        return self.root / tombstone_of(sha256)

    def remove(self, sha256: str, sizes: Collection[Size] = tuple(LONGEST_SIDE)) -> None:
        """Remove files of one picture."""
        for size in sizes:
            self.path(sha256, size).unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            sync_folder(self.path(sha256, "small").parent)

    def tidy(self) -> None:
        """Remove what killed processes left unfinished an hour ago or longer, if possible."""
        with suppress(OSError):
            for path in (self.root / _UNFINISHED).iterdir():
                if system_clock() / 1_000_000 - path.stat().st_mtime > _ABANDONED_S:
                    path.unlink()

    def check(self) -> str:
        """Write, read and remove a file; a folder that nothing was written to yet is not made.

        Raises:
            NotPossible: One of it fails.
        """
        if not self.root.exists():
            return f"{self.root}; made by the first import"
        probe = self.root / f"probe-{secrets.token_hex(8)}"
        try:
            probe.write_bytes(b"probe")
            intact = probe.read_bytes() == b"probe"
            probe.unlink()
        except OSError as error:
            raise NotPossible(
                f"the folder of the pictures cannot be used: {error.strerror}",
                where=str(self.root),
                hint="check its owner, its mode and the disk",
            ) from error
        if not intact:
            raise NotPossible("a file is not read as it was written", where=str(self.root))
        return str(self.root)

    def _make(self, folder: Path) -> None:
        """Make a folder at or below the root, durably, whoever made it first.

        Costs a flush of the folder above, once for each folder and process.
        """
        if str(folder) in self._kept and folder.is_dir():
            return
        if folder == self.root:
            make_folder(folder)
        else:
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)
        # Another process may have made it, and not flushed it yet.
        keep_folder(folder)
        self._kept.add(str(folder))


def _below(folder: Path) -> list[Path]:
    """Return the folders in ``folder`` that are named by two hex digits, in order."""
    return [folder / name for name in sorted(_names(folder)) if _PREFIX.fullmatch(name)]


def _names(folder: Path) -> list[str]:
    """Return the names in a folder, none if it is not there."""
    try:
        return [path.name for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
