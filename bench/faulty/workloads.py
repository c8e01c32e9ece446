"""What is done on a watched disk: the real program, and notes of what it acknowledged.

An acknowledgement is ``swipe ID``, ``changes N`` (the change log reached N, as a reader saw),
``schema`` (the database was migrated), ``import`` or ``backup N``.
"""

from __future__ import annotations

import csv
import http.client
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from alembic import command as alembic
from alembic.config import Config
from PIL import Image

from bench.faulty.shim import Disk, Event
from bench.library import SEED, write_csv
from bench.processes import PeerFailed, run, smashpass
from bench.servers import serving
from bench.serving import some_images, swipes_of
from smashpass.store.engine import database

IMAGES = 300
PICTURES = 40
OLD_SCHEMA = "0014"
_COLUMNS = ("file_name", "tags", "source", "licence", "digital_source_type", "real_person",
            "depicts")  # fmt: skip
_STATED = ("shop", "CC0-1.0", "algorithmicMedia", "false", "creature")


@dataclass(frozen=True, slots=True)
class Recording:
    """What a workload did to a disk.

    Attributes:
        before: The files that were on the disk, in full.
        events: What happened to them.
        after: The files in the end.
    """

    workload: str
    before: Mapping[str, bytes]
    events: list[Event]
    after: Mapping[str, bytes]

    def without_flushes(self, end: str) -> Recording:
        """Return it without the flushes of files whose names end so: what not to do."""
        events = [e for e in self.events if not (e.kind == "s" and e.path.endswith(end))]
        return Recording(self.workload, self.before, events, self.after)


class Bench:
    """Prepares homes and records what is done in them."""

    def __init__(self, folder: Path) -> None:
        """Work in a folder, which is emptied."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self._file = folder / "library.csv"
        write_csv(self._file, IMAGES, SEED)
        self.library = folder / "library"
        rules = Path(__file__).resolve().parents[2] / "rules"
        for arguments in (
            ("import", str(self._file), "--format", "csv", "--media", "none", "--quiet"),
            ("rules", "publish", str(rules), "--reason", "benchmark"),
        ):
            typed(folder, {"SMASHPASS_HOME": str(self.library)}, *arguments)

    def record(self, workload: str, amount: int) -> Recording:
        """Do one workload and return what it did; ``amount`` is how often, where it repeats."""
        folder = self.folder / workload
        shutil.rmtree(folder, ignore_errors=True)
        root = folder / "disk"
        root.mkdir(parents=True)
        if workload in ("swipes", "edits", "backup"):
            shutil.copytree(self.library, root / "home")
        elif workload == "migration":
            old_home(self.library, root / "home")
        before = files_of(root)
        disk = Disk(root, folder / "shim", keeps=True)
        work: Mapping[str, Callable[[Disk, int], None]] = {
            "swipes": swipe, "import": self.import_pictures, "edits": edit,
            "migration": migrate, "backup": self.back_up,
        }  # fmt: skip
        work[workload](disk, amount)
        return Recording(workload, before, disk.events(), files_of(root))

    def import_pictures(self, disk: Disk, amount: int) -> None:
        """Import a folder of pictures into a home that is not there yet."""
        source = self.folder / f"pictures-{amount}"
        if not source.exists():
            draw(source, amount)
        typed(self.folder, home_on(disk), "import", str(source), "--workers", "2", "--quiet")
        disk.acknowledge("import")

    def back_up(self, disk: Disk, amount: int) -> None:
        """Take backups, with another import before each but the first."""
        environment = home_on(disk)
        for number in range(1, amount + 1):
            if number > 1:
                source = self.folder / f"more-{number}"
                if not source.exists():
                    draw(source, 4, first=number * 10)
                typed(self.folder, environment, "import", str(source), "--quiet")
            typed(self.folder, environment, "backup", str(disk.root / "backup"))
            disk.acknowledge(f"backup {number}")


def swipe(disk: Disk, amount: int) -> None:
    """Swipe from three threads, one at a time; each is acknowledged once it is answered."""
    settings = {**home_on(disk), "SERVER_LOG": str(disk.root.parent / "server.log")}
    with serving(disk.root / "home", 1, settings) as server:
        server.wait_for("/readyz")
        images = some_images(server, IMAGES)

        def person(name: str) -> None:
            token = server.ask("POST", "/api/v1/viewers", body={"age_band": "18+"})[1]["token"]
            connection = http.client.HTTPConnection(*server.address, timeout=30)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            with closing(connection):
                for number in range(amount // 3):
                    body = swipes_of([images[number % len(images)]], number)
                    body["swipes"][0]["id"] = f"{name}-{number}"  # type: ignore[index]
                    connection.request("POST", "/api/v1/swipes", json.dumps(body), headers)
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status != 200:
                        raise PeerFailed(f"a swipe was answered with {answer.status}")
                    disk.acknowledge(f"swipe {name}-{number}")

        threads = [threading.Thread(target=person, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def edit(disk: Disk, amount: int) -> None:
    """Edit tags, aliases and implications; each is acknowledged when the command has ended."""
    environment = home_on(disk)
    texts = disk.root.parent / "tags.csv"
    for number in range(amount):
        with texts.open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(("tag", "category", "description"))
            table.writerows((f"made_{number}_{row}", "", f"text {row}") for row in range(40))
        for arguments in (
            ("import", str(texts)),
            ("alias", f"word_{number}", "beard"),
            ("imply", f"trait_{number + 1:04d}", "glasses"),
            ("rename", f"trait_{number + 100:04d}", f"renamed_{number}"),
        ):
            typed(disk.root.parent, environment, "tags", *arguments)
            disk.acknowledge(f"changes {last_change(disk.root / 'home')}")


def migrate(disk: Disk, _amount: int) -> None:
    """Bring the database of an older version up to date."""
    typed(disk.root.parent, home_on(disk), "index", "build")
    disk.acknowledge("schema")


def home_on(disk: Disk) -> dict[str, str]:
    """Return the environment of a program with its home on a watched disk."""
    return {**disk.environment, "SMASHPASS_HOME": str(disk.root / "home")}


def typed(folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
    """Run a command to its end.

    Raises:
        PeerFailed: It did not succeed.
    """
    ended = run(smashpass(*arguments), folder, environment)
    if ended.code:
        raise PeerFailed(f"`smashpass {arguments[0]}` ended with {ended.code}: {ended.complaint}")


def draw(folder: Path, amount: int, first: int = 0) -> None:
    """Make a folder of pictures with what an import wants to know of them."""
    folder.mkdir()
    with (folder / "metadata.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(_COLUMNS)
        for number in range(first, first + amount):
            colour = (number * 37 % 256, number * 91 % 256, number * 53 % 256)
            picture = Image.effect_noise((96 + number, 64), 40).convert("RGB")
            picture = Image.blend(picture, Image.new("RGB", picture.size, colour), 0.5)
            picture.save(folder / f"{number}.png")
            table.writerow((f"{number}.png", f"t{number % 7}", *_STATED))


def old_home(library: Path, home: Path) -> None:
    """Make a home of an older version, with the rows of a library that it can hold, and swipes."""
    home.mkdir(mode=0o700)
    engine = database.connect(f"sqlite:///{home / 'smashpass.db'}")
    config = Config()
    migrations = Path(database.__file__).parent / "migrations"
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.upgrade(config, OLD_SCHEMA)
    engine.dispose()
    rng = Random(SEED)
    with closing(sqlite3.connect(home / "smashpass.db", isolation_level=None)) as old:
        old.execute("ATTACH ? AS new", (str(library / "smashpass.db"),))
        old.execute("BEGIN")
        for table in ("meta", "counter", "source", "credit", "attribute", "tag", "run", "image",
                      "change", "audit"):  # fmt: skip
            columns = ", ".join(
                f'"{name}"'
                for (name,) in old.execute(f"SELECT name FROM pragma_table_info('{table}')")
            )
            old.execute(f"DELETE FROM {table}")
            old.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM new.{table}")
        for viewer in range(1, 21):
            old.execute(
                "INSERT INTO viewer (id, name, age_band, created_at, swipes)"
                " VALUES (?, ?, ?, ?, ?)",
                (viewer, f"{viewer:032x}", "18+", viewer, 50),
            )
            old.executemany(
                "INSERT INTO swipe (viewer_id, client_id, number, image, verdict, at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                ((viewer, f"{viewer}-{number}", number, rng.randint(1, IMAGES), number % 2, number)
                 for number in range(1, 51)),
            )  # fmt: skip
        old.execute("COMMIT")
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def last_change(home: Path) -> int:
    """Return the number of the last change; nobody has the database open, so it has no log."""
    with closing(
        sqlite3.connect(f"file:{home / 'smashpass.db'}?immutable=1", uri=True)
    ) as database_:
        return int(database_.execute("SELECT max(seq) FROM change").fetchone()[0])


def files_of(root: Path) -> dict[str, bytes]:
    """Return the files below a folder, and the folders with a slash at the end."""
    files: dict[str, bytes] = {}
    for folder, folders, names in os.walk(root):
        for name in folders:
            files[f"{(Path(folder) / name).relative_to(root)}/"] = b""
        for name in names:
            path = Path(folder) / name
            if not name.endswith("-shm"):
                files[str(path.relative_to(root))] = path.read_bytes()
    return files
