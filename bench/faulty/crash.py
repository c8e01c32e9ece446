"""What may be on a disk after the power failed: flushed is there, everything else perhaps.

A file has what it had when it was last flushed, and of the writes since then any; a folder has the
names it had when it was last flushed, and of the changes since then any. A write that is there may
be torn at its sectors. Nothing is assumed of the order in which a file system writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from bench.faulty.shim import Event

Mode = Literal["nothing", "everything", "until", "some", "torn"]
MODES: tuple[Mode, ...] = ("nothing", "everything", "until", "some", "torn", "some", "torn")
"""What is there of what was not flushed. Those that leave most to chance come twice."""

_SECTORS = (512, 4_096)


@dataclass(slots=True)
class _File:
    """A file: what is flushed, and the numbers and events of what is not."""

    flushed: bytearray = field(default_factory=bytearray)
    later: list[tuple[int, Event]] = field(default_factory=list)

    def flush(self) -> None:
        for _, event in self.later:
            _apply(self.flushed, event)
        self.later.clear()


@dataclass(slots=True)
class _Folder:
    """A folder: its names as flushed and as they are, and the changes between the two."""

    flushed: dict[str, _File | _Folder] = field(default_factory=dict)
    current: dict[str, _File | _Folder] = field(default_factory=dict)
    later: list[tuple[int, str, _File | _Folder | None]] = field(default_factory=list)

    def change(self, number: int, name: str, entry: _File | _Folder | None) -> None:
        self.later.append((number, name, entry))
        _put(self.current, name, entry)

    def flush(self) -> None:
        for _, name, entry in self.later:
            _put(self.flushed, name, entry)
        self.later.clear()


class CrashingDisk:
    """A disk to which events happen, and of which images after a power cut are made."""

    def __init__(self, before: Mapping[str, bytes]) -> None:
        """Begin with files that are on disk; a folder's path ends with a slash."""
        self._root = _Folder()
        self._number = 0
        self.acknowledged: list[str] = []
        for path in sorted(before):
            self._change(path.rstrip("/"), _Folder() if path.endswith("/") else _File())
            if before[path]:
                self._file(path).flushed.extend(before[path])
        self._flush_all(self._root)

    def _flush_all(self, folder: _Folder) -> None:
        folder.flush()
        for entry in folder.flushed.values():
            if isinstance(entry, _Folder):
                self._flush_all(entry)

    def happen(self, event: Event) -> None:
        """Let the next event happen."""
        self._number += 1
        match event.kind:
            case "a":
                self.acknowledged.append(event.path)
            case "s":
                self._entry(event.path).flush()
            case "w" | "t":
                self._file(event.path).later.append((self._number, event))
            case "c":
                self._change(event.path, _File())
            case "d":
                self._change(event.path, _Folder())
            case "u":
                self._change(event.path, None)
            case "r" | "l":
                entry = self._entry(event.path)
                if event.kind == "r":
                    self._change(event.path, None)
                self._change(event.second, entry)
            case _:
                raise ValueError(f"no such event: {event.kind}")

    def files(self) -> dict[str, bytes]:
        """Return all files as they are as long as the power does not fail."""
        return _files(
            self._root,
            lambda folder: folder.current,
            lambda later: [event for _, event in later],
        )

    def image(self, mode: Mode, rng: Random) -> dict[str, bytes]:
        """Return all files as they may be after a power cut now."""
        stays = self._choice(mode, rng)
        sector = rng.choice(_SECTORS)

        def names(folder: _Folder) -> dict[str, _File | _Folder]:
            entries = dict(folder.flushed)
            for number, name, entry in folder.later:
                if stays(number):
                    _put(entries, name, entry)
            return entries

        def writes(later: Iterable[tuple[int, Event]]) -> list[Event]:
            events: list[Event] = []
            for number, event in later:
                if stays(number):
                    tears = mode == "torn" and event.kind == "w" and rng.random() < 0.5
                    events += _torn(event, sector, rng) if tears else [event]
            return events

        return _files(self._root, names, writes)

    def _choice(self, mode: Mode, rng: Random) -> Callable[[int], bool]:
        if mode == "nothing":
            return lambda _: False
        if mode == "everything":
            return lambda _: True
        if mode == "until":
            last = rng.choice(self._unflushed() or [0])
            return lambda number: number <= last
        share, seed = rng.random(), rng.random()
        # The two halves of a renaming have one number, and stay or go together.
        return lambda number: Random(f"{seed} {number}").random() < share

    def _unflushed(self) -> list[int]:
        numbers: set[int] = set()
        entries: list[_File | _Folder] = [self._root]
        while entries:
            entry = entries.pop()
            numbers |= {change[0] for change in entry.later}
            if isinstance(entry, _Folder):
                entries += entry.current.values()
        return sorted(numbers)

    def _change(self, path: str, entry: _File | _Folder | None) -> None:
        folder, _, name = path.rpartition("/")
        parent = self._entry(folder)
        assert isinstance(parent, _Folder)
        parent.change(self._number, name, entry)

    def _file(self, path: str) -> _File:
        entry = self._entry(path)
        assert isinstance(entry, _File)
        return entry

    def _entry(self, path: str) -> _File | _Folder:
        entry: _File | _Folder = self._root
        for name in path.split("/") if path else ():
            assert isinstance(entry, _Folder)
            entry = entry.current[name]
        return entry


def write_out(files: dict[str, bytes], folder: Path) -> None:
    """Write the files of an image into an empty folder."""
    for path, content in files.items():
        target = folder / path
        if path.endswith("/"):
            target.mkdir(parents=True, exist_ok=True, mode=0o700)
        else:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.write_bytes(content)
            target.chmod(0o600)


def _files(
    folder: _Folder,
    names: Callable[[_Folder], dict[str, _File | _Folder]],
    writes: Callable[[Iterable[tuple[int, Event]]], list[Event]],
) -> dict[str, bytes]:
    """Return paths with contents; that of a folder ends with a slash."""
    files: dict[str, bytes] = {}
    for name, entry in names(folder).items():
        if isinstance(entry, _Folder):
            inner = _files(entry, names, writes)
            files[f"{name}/"] = b""
            files |= {f"{name}/{path}": content for path, content in inner.items()}
            continue
        content = bytearray(entry.flushed)
        for event in writes(entry.later):
            _apply(content, event)
        files[name] = bytes(content)
    return files


def _put(entries: dict[str, _File | _Folder], name: str, entry: _File | _Folder | None) -> None:
    if entry is None:
        entries.pop(name, None)
    else:
        entries[name] = entry


def _apply(content: bytearray, event: Event) -> None:
    if len(content) < event.offset:
        content.extend(bytes(event.offset - len(content)))
    if event.kind == "t":
        del content[event.offset :]
    else:
        content[event.offset : event.offset + len(event.data)] = event.data


def _torn(event: Event, sector: int, rng: Random) -> list[Event]:
    """Return those sectors of a write that reached the disk."""
    begin, end = event.offset, event.offset + len(event.data)
    parts = []
    while begin < end:
        stop = min(end, (begin // sector + 1) * sector)
        if rng.random() < 0.5:
            data = event.data[begin - event.offset : stop - event.offset]
            parts.append(Event("w", event.path, "", begin, data))
        begin = stop
    return parts
