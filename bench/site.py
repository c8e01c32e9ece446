"""Where a benchmark works: a folder, a library of one size, and the peers it was given to."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from bench.library import SEED
from bench.processes import PeerFailed, Remote, python, run
from smashpass.core.library.index import Index
from smashpass.snapshots.read import open_snapshot

FULL = 2_000_000
"""The size for which the gates are written."""

PEERS = {
    "SQLite FTS5": "bench.peers.sqlite_fts5:FullText",
    "SQL join": "bench.peers.sql_join:Join",
    "PostgreSQL GIN": "bench.peers.postgres_gin:Inverted",
    "Whoosh": "bench.peers.whoosh_images:Images",
}


@dataclass
class Site:
    """One size of library, and how much time the measures may take.

    Attributes:
        folder: For files; of this size alone.
        size: Number of images.
        rounds: Most repetitions of a contender.
        budget_s: Time for the repetitions of one case.
        peer_limit_s: Time in which a peer must have built its form of the library.
        whoosh_size: Most images for Whoosh.
        quick: Whether long measures do a small part only.
        share: How much of that part: a tenth shows that a measure works, not what it finds.
    """

    folder: Path
    size: int
    rounds: int = 50
    budget_s: float = 30.0
    peer_limit_s: float = 300.0
    whoosh_size: int = 50_000
    quick: bool = False
    share: float = 1.0
    seed: int = SEED
    say: Callable[[str], None] = lambda _text: None
    _index: Index | None = None
    _peers: dict[str, Remote] = field(default_factory=dict)

    def __enter__(self) -> Site:
        self.peer_folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for peer in self._peers.values():
            peer.close()
        shutil.rmtree(self.peer_folder, ignore_errors=True)

    @property
    def peer_folder(self) -> Path:
        """Where peers have their files; gone when the site is left."""
        return self.folder / f"peers-{os.getpid()}"

    @property
    def judged(self) -> bool:
        """Whether gates on size hold here: a small library would meet them for nothing."""
        return self.size >= FULL

    @property
    def growth(self) -> float:
        """By how much a limit grows: linearly above the size it is written for."""
        return max(1.0, self.size / FULL)

    def times(self, full: int, quick: int) -> int:
        """Return how often to do what a full run does ``full`` times; at least once."""
        return max(1, round(quick * self.share)) if self.quick else full

    def seconds(self, full: float, quick: float) -> float:
        """Return for how long to do what a full run does for ``full`` seconds."""
        return quick * self.share if self.quick else full

    @property
    def snapshot_path(self) -> Path:
        """Where the snapshot of the library is, once it is made."""
        return self.folder / "library.snapshot"

    def snapshot(self) -> Path:
        """Return the snapshot of the library, made in a process of its own if there is none."""
        path = self.snapshot_path
        if not path.exists():
            self.say(f"building the index of {self.size:,} images")
            command = python("-m", "bench.build", str(path), str(self.size), str(self.seed))
            built = run(command, self.folder)
            if built.code:
                raise PeerFailed(f"the index could not be built: {built.complaint}")
        return path

    def index(self) -> Index:
        """Return the index, mapped from the snapshot as a server would have it."""
        if self._index is None:
            self._index = open_snapshot(self.snapshot())
        return self._index

    def peer(self, name: str) -> Remote:
        """Return a peer with the library in it; the first call fills it.

        Raises:
            PeerFailed: It cannot.
        """
        if name not in self._peers:
            count = min(self.size, self.whoosh_size) if name == "Whoosh" else self.size
            self.say(f"giving {count:,} images to {name}")
            folder = str(self.peer_folder)
            self._peers[name] = Remote(PEERS[name], folder, count, self.seed, self.peer_limit_s)
        return self._peers[name]

    def peer_size(self, name: str) -> int:
        """Return how many images a peer took in time."""
        size = self.peer(name).call("size")
        assert isinstance(size, int)
        return size

    def peer_note(self, name: str) -> str:
        """Say that a peer has fewer images than we, if so."""
        size = self.peer_size(name)
        return "" if size == self.size else f"{name} with {size:,} images only; not scaled"


def to_standard_error(text: str) -> None:
    """Say what is going on."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
