"""Opening what a power cut left, as the program does, and saying what is lost or damaged."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.faulty.crash import write_out
from bench.faulty.workloads import Recording
from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import SmashpassError
from smashpass.core.operations.backup import BackupManifest
from smashpass.media.folder import MediaFolder
from smashpass.settings import KEY_FILE, load
from smashpass.store.backups.folder import BackupFolder
from smashpass.store.backups.restore import check_backup

Kind = Literal["lost", "damaged"]


@dataclass(frozen=True, slots=True)
class Harm:
    """What a power cut did that it must not do."""

    kind: Kind
    text: str


class Opener:
    """Opens images of one recording; what is in the database at the end is what may be there."""

    def __init__(self, recording: Recording, folder: Path) -> None:
        """Read how it ended; images are written into ``folder``."""
        self._after = recording.after
        self._folder = folder
        self._empty()
        write_out(dict(recording.after), folder)
        self._changes, self._swipes, self._images = _rows(folder / "home" / "smashpass.db")

    def harm(self, files: Mapping[str, bytes], acknowledged: Collection[str]) -> list[Harm]:
        """Open the files of an image and return what is wrong with them."""
        self._empty()
        write_out(dict(files), self._folder)
        home = self._folder / "home"
        harm = list(self._backups(acknowledged))
        if not home.is_dir():
            promised = [promise for promise in acknowledged if not promise.startswith("backup")]
            return harm + [
                Harm("lost", f"the home is gone after {promise}") for promise in promised[:1]
            ]
        try:
            installation = Installation(load({"SMASHPASS_HOME": str(home)}))
            try:
                harm += self._opened(installation, acknowledged)
            finally:
                installation.engine.dispose()
        except (SmashpassError, sqlite3.Error, OSError) as error:
            harm.append(Harm("damaged", f"it does not open: {error}"))
        return harm

    def _empty(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)

    def _opened(self, parts: Installation, acknowledged: Collection[str]) -> Iterator[Harm]:
        services = Container(parts)
        services.prepare()
        with closing(sqlite3.connect(parts.home / "smashpass.db")) as database:
            for pragma in ("integrity_check", "foreign_key_check"):
                rows = database.execute(f"PRAGMA {pragma}").fetchmany(3)
                if rows not in ([], [("ok",)]):
                    yield Harm("damaged", f"{pragma}: {rows}")
            yield from self._pictures(parts, database)
        changes, swipes, images = _rows(parts.home / "smashpass.db")
        if changes != self._changes[: len(changes)]:
            yield Harm("damaged", "the change log is not what it was")
        if not swipes <= self._swipes:
            yield Harm("damaged", "there are swipes that nobody made")
        for promise in acknowledged:
            kind, _, argument = promise.partition(" ")
            if (
                (kind == "swipe" and argument not in {name for name, _ in swipes})
                or (kind == "changes" and len(changes) < int(argument))
                or (kind == "import" and images != self._images)
                or (kind == "schema" and swipes != self._swipes)
            ):
                yield Harm("lost", promise)
        if parts.audit.verify()[2] is not None:
            yield Harm("damaged", "the audit trail is broken")
        yield from self._index(services, images)
        served = any(promise.startswith("swipe") for promise in acknowledged)
        if served and parts.secret_key.encode() != self._after[f"home/{KEY_FILE}"].strip():
            yield Harm("lost", "the key that cookies were signed with")

    def _index(self, services: Container, images: int) -> Iterator[Harm]:
        """Compare what is answered from with the database; the snapshot may be an older one."""
        if images:
            index = services.library.index
            if len(index.live) + len(index.parts.hidden) != images:
                yield Harm("damaged", f"the index has {len(index.live)} of {images} images")
            services.maintenance.check_snapshot()

    def _pictures(self, parts: Installation, database: sqlite3.Connection) -> Iterator[Harm]:
        """Compare all picture files: what the database names is there, and no part of one is."""
        in_database = {row[0].hex() for row in database.execute("SELECT sha256 FROM media")}
        on_disk = set()
        media = MediaFolder(parts.home / "media")
        for sha256, size in media.files():
            path = media.path(sha256, size)
            on_disk.add(sha256)
            if path.read_bytes() != self._after.get(str(path.relative_to(self._folder))):
                yield Harm("damaged", f"a part of a picture: {path.name}")
        for sha256 in sorted(in_database - on_disk):
            yield Harm("lost", f"a picture that the database names: {sha256[:8]}")

    def _backups(self, acknowledged: Collection[str]) -> Iterator[Harm]:
        """Check the backup with its own check; after the first there is always a whole one."""
        promised = sum(promise.startswith("backup") for promise in acknowledged)
        folder = BackupFolder(self._folder / "backup")
        try:
            manifest: BackupManifest | None = folder.manifest()
            if manifest is None:
                if promised:
                    yield Harm("lost", "the backup")
                return
            verdict = check_backup(folder, lambda _count: None)
        except SmashpassError as error:
            yield Harm("damaged", f"the backup: {error}")
            return
        for name in verdict.damaged[:1]:
            yield Harm("damaged", f"the backup: {name}")


def _rows(path: Path) -> tuple[list[tuple[object, ...]], set[tuple[str, int]], int]:
    """Return changes, swipes and the number of images of a database."""
    with closing(sqlite3.connect(path)) as database:
        changes = database.execute("SELECT seq, kind, by, images, payload FROM change ORDER BY seq")
        log = changes.fetchall()
        swipes = set(database.execute("SELECT client_id, image FROM swipe"))
        (images,) = database.execute("SELECT count(*) FROM image").fetchone()
    return log, swipes, images
