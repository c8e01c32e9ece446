"""Child processes that decode, one file at a time each.

Not ``concurrent.futures``: there, one worker that dies takes all the others' work with it, and one
that hangs cannot be stopped. Here a death or a hang costs exactly the file that caused it.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any

from smashpass.core.errors import NotPossible
from smashpass.core.pictures.likeness import SIGNATURE_BYTES
from smashpass.core.pictures.marks import Marks, plain_text
from smashpass.core.pictures.picture import EFFORT, LONGEST_SIDE, Picture, PictureRefusal, Size
from smashpass.core.pictures.source_types import digital_source_type_of, stronger
from smashpass.media.folder import MediaFolder, WrittenFile
from smashpass.media.settling import Settler, not_written

WAIT_S = 30.0
"""Seconds that one picture may take, reading and writing included."""

ANSWER_BYTES = 16_384
_START_S = 30.0
_DIED = PictureRefusal("decoder_died", "the decoder gave up on the file")
_HUNG = PictureRefusal("decoder_hung", f"decoding takes longer than {WAIT_S:.0f} s")

_Answer = tuple[Picture | PictureRefusal, list[Size]]
"""What a file is, and the sizes of it that its child wrote beside their places."""


@dataclass(frozen=True, slots=True)
class Task:
    """One file to look at.

    Attributes:
        path: Where it lies.
        sizes: The sizes to make.
        sha256: Its content, where only that will do.
        source_type: The digital source type that is stated for it; the files made say so.
    """

    path: str
    sizes: Sequence[Size]
    sha256: str = ""
    source_type: str = ""


@dataclass(slots=True)
class _Child:
    """One process, and the task it has."""

    process: subprocess.Popen[bytes]
    place: int = -1
    until: float = 0.0
    writer: str = ""
    answer: bytearray = field(default_factory=bytearray)


class DecoderPool:
    """At most ``workers`` child processes; started when there is work, ended by :meth:`close`.

    May be used by many threads: they take turns.
    """

    def __init__(
        self, folder: Path, workers: int, *, wait_s: float = WAIT_S, effort: int = EFFORT
    ) -> None:
        """Write files below ``folder``, with an effort of WebP from 0 to 6."""
        self._effort = effort
        self._files = MediaFolder(folder)
        self._workers = workers
        self._wait_s = wait_s
        self._children: list[_Child] = []
        self._turn = threading.Lock()

    def __enter__(self) -> DecoderPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child processes."""
        with self._turn:
            for child in self._children:
                _end(child)
            self._children.clear()

    def process_ids(self) -> list[int]:
        """Return the processes that there are at present."""
        return [child.process.pid for child in self._children]

    def make_connect(self, port: int) -> None:
        """Return when a child has tried to connect to a port of this machine."""
        with self._turn:
            (child,) = self._start(1)
            try:
                assert child.process.stdin is not None
                child.process.stdin.write(json.dumps({"port": port}).encode() + b"\n")
                child.process.stdin.flush()
                with selectors.DefaultSelector() as selector:
                    selector.register(_output(child), selectors.EVENT_READ)
                    selector.select(self._wait_s)
            finally:
                _end(child)

    def inspect(self, tasks: Sequence[Task]) -> list[Picture | PictureRefusal]:
        """Decode each file, in the order of ``tasks``.

        Raises:
            NotPossible: No child process can be started, or the sizes cannot be written.
        """
        with self._turn:
            results = self._settled(tasks)
            again = _stated_differently(tasks, results)
            if again:
                self._settled(again)
        return results

    def make(
        self, path: str, sha256: str, size: Size, source_type: str = ""
    ) -> Picture | PictureRefusal:
        """Make one size of the picture at ``path``, if it still is the one of ``sha256``."""
        (result,) = self.inspect([Task(path, (size,), sha256, source_type)])
        return result

    def _settled(self, tasks: Sequence[Task]) -> list[Picture | PictureRefusal]:
        """Do all tasks, and return when the files are durable."""
        settler = Settler(self._files)
        finished = False
        try:
            results = self._shared_out(tasks, settler)
            finished = True
        finally:
            if not finished:  # interrupted: what the children still answer belongs to nobody
                for child in self._children:
                    _end(child)
                self._children.clear()
            refusals = settler.finish()
        return [
            refusals.get(result.sha256, result) if isinstance(result, Picture) else result
            for result in results
        ]

    def _shared_out(
        self, tasks: Sequence[Task], settler: Settler
    ) -> list[Picture | PictureRefusal]:
        """Keep every child busy until all tasks are done; what they wrote is for ``settler``."""
        results: list[Picture | PictureRefusal] = [_DIED] * len(tasks)
        waiting = deque(range(len(tasks)))
        missing = min(self._workers, len(tasks)) - len(self._children)
        self._children += self._start(max(0, missing))
        with selectors.DefaultSelector() as selector:
            idle = list(self._children)
            while waiting or selector.get_map():
                while waiting and idle:
                    child = idle.pop()
                    place = waiting.popleft()
                    if self._give(child, place, tasks[place]):
                        selector.register(_output(child), selectors.EVENT_READ, child)
                    else:  # it died while it had nothing to do: no fault of this file
                        waiting.appendleft(place)
                        idle.append(self._replaced(child))
                for child, (result, sizes) in self._heard(selector):
                    selector.unregister(_output(child))
                    results[child.place] = result
                    if isinstance(result, Picture):
                        files = [WrittenFile(result.sha256, size, child.writer) for size in sizes]
                        settler.add(result, files)
                    gone = result in (_DIED, _HUNG)
                    idle.append(self._replaced(child) if gone else child)
        return results

    def _heard(self, selector: selectors.BaseSelector) -> Iterable[tuple[_Child, _Answer]]:
        """Wait for children that answer, die, or take too long."""
        busy = [key.data for key in selector.get_map().values()]
        first = min(child.until for child in busy)
        ready = selector.select(max(0.0, first - time.monotonic()))
        heard: list[tuple[_Child, _Answer]] = []
        for key, _ in ready:
            child = key.data
            part = os.read(key.fd, ANSWER_BYTES)
            child.answer += part
            if child.answer.endswith(b"\n"):
                heard.append((child, _read(child.answer)))
            elif not part or len(child.answer) > ANSWER_BYTES:
                heard.append((child, (_DIED, [])))
        answered = {id(child) for child, _ in heard}
        now = time.monotonic()
        late = [worker for worker in busy if now >= worker.until and id(worker) not in answered]
        heard += [(worker, (_HUNG, [])) for worker in late]
        return heard

    def _give(self, child: _Child, place: int, task: Task) -> bool:
        """Hand a task over; False if the child has died."""
        child.place = place
        child.writer = token_hex(8)  # a file that is still being settled is never written again
        request = asdict(task) | {"writer": child.writer, "effort": self._effort}
        child.answer.clear()
        child.until = time.monotonic() + self._wait_s
        assert child.process.stdin is not None
        try:
            child.process.stdin.write(json.dumps(request).encode() + b"\n")
            child.process.stdin.flush()
        except BrokenPipeError:
            return False
        return True

    def _replaced(self, child: _Child) -> _Child:
        """End a child and start another in its place."""
        _end(child)
        (new,) = self._start(1)
        self._children[self._children.index(child)] = new
        return new

    def _start(self, count: int) -> list[_Child]:
        """Start children and wait until each says that it is ready."""
        children: list[_Child] = []
        try:
            for _ in range(count):
                children.append(_Child(_process(self._files.root)))
            if not all(map(_says_ready, children)):
                raise NotPossible(
                    "the decoder does not start", hint="try `python -m smashpass.media.worker /tmp`"
                )
            started = children
            children = []
        finally:
            for child in children:
                _end(child)
        return started


def _process(folder: Path) -> subprocess.Popen[bytes]:
    """Start one child process."""
    # -P: what lies in the current folder, perhaps the collection itself, must not be imported.
    command = [sys.executable, "-P", "-m", "smashpass.media.worker", str(folder)]
    try:
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the parent, which then ends its children
        )
    except OSError as error:
        raise NotPossible(f"the decoder cannot be started: {error.strerror}") from error


def _says_ready(child: _Child) -> bool:
    """Wait for the first line of a child."""
    with selectors.DefaultSelector() as selector:
        selector.register(_output(child), selectors.EVENT_READ)
        return bool(selector.select(_START_S)) and os.read(_output(child), 64) == b"ready\n"


def _output(child: _Child) -> int:
    """Return the descriptor that a child answers on."""
    assert child.process.stdout is not None
    return child.process.stdout.fileno()


def _end(child: _Child) -> None:
    """End a child; it holds nothing that could be lost."""
    process = child.process
    process.kill()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.close()
    with suppress(BrokenPipeError):  # the last task may not have been read
        process.stdin.close()
    process.wait()


def _stated_differently(
    tasks: Sequence[Task], results: Sequence[Picture | PictureRefusal]
) -> list[Task]:
    """Return a task for each picture that came twice with other statements, with the strongest.

    Neither child saw what the other was writing.
    """
    stated: dict[str, dict[str, None]] = {}  # in the order of the tasks
    last: dict[str, Task] = {}
    for task, result in zip(tasks, results, strict=True):
        if task.sizes and isinstance(result, Picture):
            source_type = stronger(task.source_type, result.marks.digital_source_type)
            stated.setdefault(result.sha256, {})[source_type] = None
            last[result.sha256] = task
    return [
        replace(last[sha256], sha256=sha256, source_type=reduce(stronger, source_types))
        for sha256, source_types in stated.items()
        if len(source_types) > 1
    ]


def _read(line: bytes) -> _Answer:
    """Parse the answer of a child; it decodes hostile files, so everything is validated.

    Raises:
        NotPossible: The child could not write.
    """
    try:
        answer: dict[str, Any] = json.loads(line)
        if "failure" in answer:
            raise not_written(str(answer["failure"]))
        if "code" in answer:
            return PictureRefusal(str(answer["code"]), str(answer["reason"])), []
        sha256, placeholder = str(answer["sha256"]), str(answer["placeholder"])
        pixels, signature = str(answer["pixels"]), bytes.fromhex(str(answer["signature"]))
        bytes.fromhex(sha256 + pixels + placeholder.removeprefix("#"))
        lengths = (len(sha256), len(pixels), len(placeholder), len(signature))
        sizes: list[Size] = answer["written"]
        if lengths != (64, 64, 7, SIGNATURE_BYTES) or not LONGEST_SIDE.keys() >= set(sizes):
            return _DIED, []
        picture = Picture(
            sha256=sha256,
            width=int(answer["width"]),
            height=int(answer["height"]),
            mime=str(answer["mime"]),
            placeholder=placeholder,
            size=int(answer["size"]),
            pixels=pixels,
            signature=signature,
            marks=_marks(answer["marks"]),
        )
    except (ValueError, KeyError, TypeError):
        return _DIED, []
    return picture, sizes


def _marks(answer: dict[str, Any]) -> Marks:
    """Return the marks that a child found, validated."""
    return Marks(
        source_type=digital_source_type_of(str(answer["source_type"])) or "",
        generator=plain_text(str(answer["generator"])),
        author=plain_text(str(answer["author"])),
        has_c2pa=bool(answer["has_c2pa"]),
    )
