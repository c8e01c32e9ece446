"""Reads a folder of pictures described by sidecars, or by tags in their names."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path

from smashpass.core.errors import BadInput, SmashpassError
from smashpass.importing.base.files import reading, small_file
from smashpass.importing.base.picture_names import PICTURES
from smashpass.importing.base.posts import Fields, Unusable
from smashpass.importing.base.sidecars import MAX_SIDECAR, json_fields, text_fields
from smashpass.importing.base.walk import PictureEntry, UnreadableFolder, levels, pictures_in
from smashpass.services.importing.ports import UNREADABLE_FOLDER, RawRecord, Unreadable
from smashpass.services.importing.tag_knowledge import NO_KNOWLEDGE, TagKnowledge


class Folder:
    """A folder whose pictures are described by sidecars; links in it are not followed."""

    format = "folder"
    names_files = True
    knowledge: TagKnowledge = NO_KNOWLEDGE

    def __init__(self, path: Path, *, tags_in_names: bool = False, tags_at: str = "") -> None:
        """Check that it is a folder.

        Args:
            path: The folder.
            tags_in_names: Whether the words of folder and file names are tags.
            tags_at: Where the tags are in ``.json`` sidecars, as ``metadata.tags``.

        Raises:
            BadInput: It is none.
        """
        with reading(path):
            if not path.is_dir():
                raise BadInput(f"a {self.format} is a folder", where=str(path), hint="name one")
        self.place = str(path.absolute())
        self.folder = self.place
        self._tags_in_names = tags_in_names
        self._tags_at = tags_at
        self.passed_over: Counter[str] = Counter()
        self._read = 0
        self._fingerprint = ""
        self._count = 0

    @property
    def fingerprint(self) -> str:
        """What changes when any file in the folder does: names, sizes and times of all."""
        if not self._fingerprint:
            self._look()
        return self._fingerprint

    @property
    def size(self) -> int:
        """How many pictures there are."""
        if not self._fingerprint:
            self._look()
        return self._count

    def position(self) -> int:
        """Return how many pictures were read."""
        return self._read

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every picture, in the order of names; its line is its number, from 1.

        A folder that cannot be read takes a number too, and reading goes on behind it.
        """
        self._read = 0
        self.passed_over.clear()
        for number, entry in enumerate(pictures_in(self.place, self.passed_over), 1):
            self._read = number
            if isinstance(entry, UnreadableFolder):
                reason = f"the folder cannot be read: {entry.reason}"
                yield Unreadable(number, UNREADABLE_FOLDER, reason, entry.name)
                continue
            try:
                yield RawRecord(number, self._fields(entry))
            except Unusable as error:
                yield Unreadable(number, error.code, error.reason, entry.name)

    def _fields(self, entry: PictureEntry) -> Fields:
        """Return the columns of a picture."""
        if not entry.is_file:
            raise Unusable("bad_path", "it is a link or not a regular file")
        bare = entry.name.strip()
        if bare != entry.name and os.path.lexists(f"{self.place}/{bare}"):
            raise Unusable("bad_key", "but for blanks around it, its name is that of another file")
        fields = self._described(entry)
        if self._tags_in_names:
            fields["tags"] = [*_list(fields.get("tags")), *words_in(entry.name)]
        return fields | {"file_name": entry.name}

    def _described(self, entry: PictureEntry) -> Fields:
        """Return what the sidecars of a picture say; both kinds may be there."""
        whole = entry.name.rpartition("/")[2]
        stem = whole.rpartition(".")[0]
        base = f"{self.place}/{entry.name}"[: -len(whole)]
        fields: Fields = {}
        for name in (f"{whole}.json", f"{stem}.json"):
            if name in entry.beside:
                fields = json_fields(_content(base + name), self._tags_at)
                break
        for name in (f"{whole}.txt", f"{stem}.txt", f"{stem}.caption"):
            if name in entry.beside:
                try:
                    text = _content(base + name).decode("utf-8-sig")
                except UnicodeDecodeError as error:
                    raise Unusable("bad_sidecar", f"{name[:60]!a} is not UTF-8") from error
                stated = text_fields(text, beside_the_ending=name == f"{whole}.txt")
                tags = [*_list(fields.get("tags")), *_list(stated.pop("tags"))]
                fields = stated | fields | {"tags": list(dict.fromkeys(tags))}
                break
        return fields

    def _look(self) -> None:
        """Update size and fingerprint. Cost: one lookup per file."""
        digest = hashlib.sha256()
        count = 0
        for level in levels(self.place):
            folder = f"{self.place}/{level.name}" if level.name else self.place
            lines = [f"{folder}/{entry.name}:{_state(entry)}\n" for entry in level.files]
            if level.closed:
                lines.append(f"{folder}:{level.closed}\n")
            digest.update("".join(lines).encode(errors="surrogateescape"))
            count += sum(entry.name.lower().endswith(PICTURES) for entry in level.files)
        self._fingerprint, self._count = digest.hexdigest(), count


def words_in(name: str) -> list[str]:
    """Return the tags in a path: each folder's name, and the words of the file's name.

    A name with blanks is a list of words; one without is a single word, ``_`` inside.
    """
    *folders, last = name.split("/")
    return [*folders, *last.rpartition(".")[0].split()]


def _state(entry: os.DirEntry[str]) -> str:
    """Return a fingerprint that changes when a file is written, or why it cannot be read."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return error.strerror or type(error).__name__
    return f"{status.st_size}:{status.st_mtime_ns}"


def _content(path: str) -> bytes:
    """Return the content of a sidecar, which may not be a link or too large."""
    try:
        content = small_file(path, MAX_SIDECAR)
    except SmashpassError as error:
        raise Unusable("bad_sidecar", str(error)[:200]) from error
    if len(content) > MAX_SIDECAR:
        raise Unusable("bad_sidecar", f"a sidecar has more than {MAX_SIDECAR:,} bytes")
    return content


def _list(tags: object) -> list[str]:
    """Return the tags collected so far."""
    return tags if isinstance(tags, list) else []
