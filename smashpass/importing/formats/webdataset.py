"""WebDataset: tar files in which members of one sample follow each other, under one key."""

from __future__ import annotations

import json
import tarfile
import zlib
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

from smashpass.core.errors import BadInput
from smashpass.importing.base.files import fingerprint, open_regular, reading
from smashpass.importing.base.picture_names import PICTURES, count_passed_over, is_clutter
from smashpass.importing.base.posts import Fields, Unusable, numbers_and_terms, text_list
from smashpass.importing.base.shards import TARS, shards_of
from smashpass.importing.base.sidecars import MAX_SIDECAR, caption_tags, is_sentence, short_label
from smashpass.importing.base.spool import Spool
from smashpass.importing.base.tarheaders import PlainTarInfo, ReadAhead
from smashpass.services.importing.ports import RawRecord, Unreadable
from smashpass.services.importing.tag_knowledge import NO_KNOWLEDGE, TagKnowledge

MAX_PICTURE = 20_000_000
_BUFFER = 1 << 16
_RATIO = 1_000
_SPARE = 1 << 30
_TEXTS = ("txt", "json", "cls")
_DAMAGED = (tarfile.TarError, EOFError, zlib.error, ValueError, RuntimeError, OverflowError)


class _Part(NamedTuple):
    """A member of a sample: its ending, and its content; ``wrong`` says why it is missing."""

    key: str
    ending: str
    content: bytes
    wrong: str = ""


class WebDataset:
    """One or several tar files; only regular members are read, and none is ever unpacked by name.

    The key is the path up to the first point of the last name; the rest, in small letters, tells
    what a member is.
    """

    format = "webdataset"
    names_files = True
    knowledge: TagKnowledge = NO_KNOWLEDGE

    def __init__(self, path: Path, *, pictures: bool = True) -> None:
        """Find the shards: a file, all tar files of a folder, or ``name-{000..009}.tar``.

        Args:
            path: Where.
            pictures: Whether to read pictures; else only their descriptions are read.

        Raises:
            NotFound: There are none.
        """
        self.place = str(path.absolute())
        self._shards = shards_of(path, *TARS)
        self._pictures = pictures
        self.passed_over: Counter[str] = Counter()
        self._spool = Spool()
        self._file: FileIO | None = None
        self._done = 0

    @property
    def folder(self) -> str:
        """Where pictures are put while they are looked at."""
        return self._spool.folder

    @property
    def fingerprint(self) -> str:
        """What changes when a shard is written."""
        prints = []
        for shard in self._shards:
            with open_regular(shard) as file:
                prints.append(fingerprint(file))
        return ";".join(prints)[:4_000]

    @property
    def size(self) -> int:
        """The size of all shards in bytes."""
        return sum(shard.stat().st_size for shard in self._shards)

    def position(self) -> int:
        """Return how many bytes were read."""
        file = self._file
        return self._done + (file.tell() if file is not None and not file.closed else 0)

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every sample; its line is its number over all shards, from 1."""
        line = 0
        self._done = 0
        self.passed_over.clear()
        for shard in self._shards:
            with closing(self._parts(shard)) as parts:
                for sample in _samples(parts):
                    line += 1
                    yield self._record(line, sample)
            self._done += shard.stat().st_size

    def _parts(self, shard: Path) -> Generator[_Part, None, None]:
        """Yield the members of one shard."""
        self._file = open_regular(shard)
        most = shard.stat().st_size * _RATIO + _SPARE
        with reading(shard), self._file:
            try:
                with _opened(self._file) as tar:
                    for member in tar:
                        tar.members.clear()  # type: ignore[attr-defined]  # else it keeps all
                        if tar.offset > most:
                            raise BadInput(
                                f"it unpacks to over {_RATIO} times its size", where=str(shard)
                            )
                        if not member.isdir() and not _is_clutter(member.name):
                            yield self._part(tar, member)
            except _DAMAGED as error:
                raise BadInput(
                    f"the tar file is damaged: {str(error)[:100]!a}",
                    where=str(shard),
                    hint="fetch it again",
                ) from error

    def _part(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> _Part:
        """Read one member, if it is one that may be read."""
        folder, _, last = member.name.rpartition("/")
        stem, _, ending = last.partition(".")
        key, ending = f"{folder}/{stem}" if folder else stem, ending.lower()
        if not member.isreg() or member.issparse():
            return _Part(key, ending, b"", "is a link, a device or another special file")
        if member.name.startswith("/") or ".." in member.name.split("/") or not stem:
            return _Part(key, ending, b"", "has a name that leads out of the archive")
        is_picture = f".{ending}".endswith(PICTURES)
        if not is_picture and ending not in _TEXTS:
            count_passed_over(last, self.passed_over)
            return _Part(key, ending, b"")
        if member.size > (MAX_PICTURE if is_picture else MAX_SIDECAR):
            return _Part(key, ending, b"", f"has {member.size:,} bytes")
        if is_picture and not self._pictures:
            return _Part(key, ending, b"")
        # What the library's own file of a member does, which costs as much as all the rest.
        stream: Any = tar.fileobj
        stream.seek(member.offset_data)
        content = stream.read(member.size)
        if len(content) < member.size:
            raise tarfile.ReadError("unexpected end of data")
        return _Part(key, ending, content)

    def _record(self, line: int, sample: Sequence[_Part]) -> RawRecord | Unreadable:
        """Return a sample as a record; its picture is in the spool until it is released."""
        try:
            fields, picture = _described(sample)
        except Unusable as error:
            return Unreadable(line, error.code, error.reason, sample[0].key)
        if not self._pictures:
            return RawRecord(line, fields)
        spooled = self._spool.put(picture)
        return RawRecord(line, fields | {"file_name": spooled.name}, spooled.release)


def _opened(file: FileIO) -> tarfile.TarFile:
    """Open a tar file; in one that is not packed, what is not read is passed over by seeking."""
    head = file.read(tarfile.BLOCKSIZE)
    file.seek(0)
    if head[257:262] == b"ustar":
        plain: Any = ReadAhead(file, _BUFFER)
        return tarfile.open(fileobj=plain, mode="r:", tarinfo=PlainTarInfo)
    return tarfile.open(fileobj=file, mode="r|*", tarinfo=PlainTarInfo)


def _is_clutter(name: str) -> bool:
    """Tell whether a member is hidden, or lies in something that is."""
    if "/" not in name:
        return name not in ("", ".", "..") and is_clutter(name)
    return any(is_clutter(part) for part in name.split("/") if part not in ("", ".", ".."))


def _samples(parts: Iterator[_Part]) -> Iterator[list[_Part]]:
    """Yield the members that follow each other under one key."""
    sample: list[_Part] = []
    for part in parts:
        if sample and sample[0].key != part.key:
            yield sample
            sample = []
        sample.append(part)
    if sample:
        yield sample


def _described(sample: Sequence[_Part]) -> tuple[Fields, bytes]:
    """Return the columns of a sample, and its picture."""
    key = sample[0].key
    for part in sample:
        if part.wrong:
            name = f"{key}.{part.ending}"
            raise Unusable("bad_member", f"the member {name[:60]!a} {part.wrong}")
    fields: Fields = {"tags": []}
    by_ending = {part.ending: part for part in sample}
    if len(by_ending) < len(sample):
        raise Unusable("bad_member", f"two members of {key[:60]!a} have the same ending")
    if "json" in by_ending:
        fields |= _json(by_ending["json"].content)
    if "txt" in by_ending:
        text = by_ending["txt"].content.decode(errors="replace")
        if "," in text and not fields["tags"] and not is_sentence(text):
            fields["tags"] = caption_tags(text)
        else:
            fields.setdefault("label", short_label(text))
    fields["id"] = key
    picture = next((part for part in sample if f".{part.ending}".endswith(PICTURES)), None)
    if picture is None:
        raise Unusable("no_picture", f"the sample {key[:60]!a} has no picture")
    return fields, picture.content


_TAKEN = frozenset({"id", "key", "file_name", "path", "tags", "caption", "label"})


def _json(content: bytes) -> Fields:
    """Return the columns in the ``.json`` of a sample."""
    try:
        body: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unusable("malformed", f"its .json is not valid JSON: {str(error)[:80]}") from error
    if not isinstance(body, dict):
        raise Unusable("malformed", "its .json is not an object")
    if body.get("status") not in (None, "success"):
        raise Unusable("no_picture", f"status {str(body['status'])[:40]!a}, no picture")
    fields = numbers_and_terms(body, _TAKEN)
    fields |= {name: body[name] for name in ("width", "height", "source") if name in body}
    tags = body.get("tags")
    if isinstance(tags, str) and "," in tags:
        fields["tags"] = caption_tags(tags)
    elif tags is not None:
        fields["tags"] = text_list(tags, "tags")
    label = body.get("label") or body.get("caption")
    if isinstance(label, str):
        fields["label"] = short_label(label)
    return fields
