"""``smashpass backup`` and ``restore``: everything is lost, and comes back."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from smashpass.core.operations.backup import BackupManifest
from smashpass.importing.runs.lock import backup_lock
from smashpass.services.operations.backups.parts import LastBackup
from smashpass.store.backups.folder import LOCK, BackupFolder
from smashpass.store.backups.last import note_backup
from tests.integration.operations.conftest import PICTURED, NewPlace, Place, pictures_of
from tests.support.servers import Server, free_port, until

KILLS = 10


def manifest_of(backup: Path) -> BackupManifest:
    manifest = BackupFolder(backup).manifest()
    assert manifest is not None
    return manifest


def logged_viewers(home: Path) -> set[str]:
    """The viewers whom the decision log names."""
    texts = (path.read_text() for path in (home / "decisions").glob("*.jsonl"))
    return set(re.findall(r'"viewer":"([^"]+)"', "".join(texts)))


def bytes_of(backup: Path) -> int:
    return sum(path.stat().st_size for path in (backup / "objects").rglob("*") if path.is_file())


class Swiping(threading.Thread):
    """A viewer who swipes until told to end; ``acknowledged`` is what the server confirmed."""

    def __init__(self, server: Server, images: list[str]) -> None:
        super().__init__(daemon=True)
        self.server, self.images = server, images
        self.acknowledged: list[str] = []
        self.failure: BaseException | None = None
        self.ending = threading.Event()

    def run(self) -> None:
        try:
            for number, image in enumerate(cycle(self.images)):
                if self.ending.is_set():
                    return
                self.server.swipe(f"swipe-{number}", image)
                self.acknowledged.append(f"swipe-{number}")
        except BaseException as failure:
            self.failure = failure


def test_all_that_was_acknowledged_comes_back_after_everything_is_lost(
    place: Place, new_place: NewPlace, backup: Path
) -> None:
    """The drill."""
    place.environment["SMASHPASS_DECISION_LOG_PERCENT"] = "100"
    place.enter()
    server = Server(place.home, free_port())
    try:
        server.wait()
        token = server.token
        erased_token = server.ask("POST", "/api/v1/viewers", {"age_band": "18+"})["token"]
        server.token = erased_token
        server.ask("GET", "/api/v1/deck?n=5")
        server.token = token
        images = [card["image"] for card in server.ask("GET", "/api/v1/deck?n=100")["cards"]]
        swiping = Swiping(server, images)
        swiping.start()
        deadline = time.monotonic() + 60
        while len(swiping.acknowledged) < 20:
            assert time.monotonic() < deadline
            assert swiping.failure is None
            time.sleep(0.01)
        before = list(swiping.acknowledged)
        until("both viewers are in the decision log", lambda: len(logged_viewers(place.home)) == 2)

        assert place.smashpass("backup", backup).code == 0

        meanwhile = swiping.acknowledged[len(before) :]
        assert meanwhile, "nobody swiped while the backup was taken"
        swiping.ending.set()
        swiping.join(30)
        assert swiping.failure is None
        server.token = erased_token
        server.ask("DELETE", "/api/v1/me")
        assert (place.home / "erased").exists()
    finally:
        server.close()
    pictures = pictures_of(place.media)
    erased_file = (place.home / "erased").read_bytes()
    shutil.rmtree(place.home)

    restored = new_place("new-home")
    restored.home.mkdir(mode=0o700)
    (restored.home / "erased").write_bytes(erased_file)
    (restored.home / "erased").chmod(0o600)
    answer = restored.smashpass("restore", backup, "--json")

    assert (answer.code, answer.err) == (0, "")
    assert answer.json["erased"] == 1
    assert answer.json["counts"] == {
        "images": 302,
        "viewers": 2,
        "swipes": answer.json["counts"]["swipes"],
    }
    assert answer.json["counts"]["swipes"] >= len(before)
    assert pictures_of(restored.media) == pictures
    assert len(logged_viewers(restored.home)) == 1
    doctor = restored.smashpass("doctor", "--json").json
    assert doctor["ok"], doctor
    states = {check["name"]: check["state"] for check in doctor["checks"]}
    del states["files"]  # tests run with the umask 022
    assert set(states.values()) == {"ok"}, states
    server = Server(restored.home, free_port())
    try:
        server.token = ""
        server.wait()
        server.token = token
        exported = server.ask("GET", "/api/v1/me/export")
        assert {swipe["id"] for swipe in exported["swipes"]} >= set(before)
        deck = server.ask("GET", "/api/v1/deck?n=20")
        assert len(deck["cards"]) == 20
        assert not {card["image"] for card in deck["cards"]} & set(images[: len(before)])
        server.token = erased_token
        with pytest.raises(AssertionError, match="401"):
            server.ask("GET", "/api/v1/me")
    finally:
        server.close()


def test_a_second_backup_copies_only_what_is_new(place: Place, backup: Path) -> None:
    first = place.smashpass("backup", backup, "--json").json
    assert first["copied_bytes"] > len(PICTURED) * 3_700
    place.media.write("f" * 64, "large", bytes(5_000))

    second = place.smashpass("backup", backup, "--json").json

    new = second["database"]["bytes"] + second["files"]["bytes"] + 5_000
    assert second["copied_files"] == 3
    assert second["copied_bytes"] == new
    assert second["file_count"] == first["file_count"] + 1
    # The database and the list of the first backup.
    assert second["removed_files"] == 2
    assert (
        bytes_of(backup)
        == second["file_bytes"] + second["database"]["bytes"] + second["files"]["bytes"]
    )
    assert place.smashpass("restore", backup, "--check").code == 0


def test_a_picture_that_is_written_again_is_copied_again(place: Place, backup: Path) -> None:
    place.smashpass("backup", backup)
    place.media.write(PICTURED[0], "small", b"x" * 700)  # as long as before

    answer = place.smashpass("backup", backup, "--json").json

    assert answer["copied_files"] == 3
    entries = {entry.path: entry for entry in BackupFolder(backup).entries(manifest_of(backup))}
    content = entries[f"pictures/{PICTURED[0]}-small"].content
    assert BackupFolder(backup).read(content, "") == b"x" * 700


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_backup_killed_at_any_moment_leaves_the_one_before(
    place: Place, new_place: NewPlace, backup: Path
) -> None:
    chance = random.Random(11)

    def at_work(number: int) -> subprocess.Popen[bytes]:
        """Start a backup with something to copy, and return once it has begun to copy."""
        for other in range(100):
            place.media.write(f"{number:02x}{other:062x}", "large", chance.randbytes(4_000))
        process = place.started("backup", backup)
        deadline = time.monotonic() + 60
        while process.poll() is None and not any((backup / "unfinished").iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.002)
        return process

    assert place.smashpass("backup", backup).code == 0
    process, began = at_work(0xFF), time.monotonic()
    assert process.wait(60) == 0
    seconds = time.monotonic() - began
    killed = 0
    for number in range(KILLS):
        process = at_work(number)
        time.sleep(chance.uniform(0.0, 0.9) * seconds)
        process.send_signal(signal.SIGKILL)
        killed += process.wait(60) == -signal.SIGKILL
        checked = place.smashpass("restore", backup, "--check", "--json")
        assert (checked.code, checked.json) == (0, {"ok": True, "damaged": []}), number
    assert killed >= KILLS // 2
    assert place.smashpass("backup", backup).code == 0
    assert list((backup / "unfinished").iterdir()) == []

    restored = new_place("new-home")
    assert restored.smashpass("restore", backup).code == 0
    assert pictures_of(restored.media) == pictures_of(place.media)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_flipped_byte_in_any_file_is_found_and_named(place: Place, backup: Path) -> None:
    place.smashpass("backup", backup)
    folder = BackupFolder(backup)
    manifest = manifest_of(backup)
    names = {entry.content.sha256: entry.path for entry in folder.entries(manifest)}
    names |= {manifest.database.sha256: "database", manifest.files.sha256: "list of files"}
    objects = sorted(path for path in (backup / "objects").rglob("*") if path.is_file())
    assert {path.name for path in objects} == set(names)
    chance = random.Random(5)
    special = [path for path in objects if not names[path.name].startswith("pictures/")]
    for path in [*chance.sample(objects, 20), *special]:
        intact = path.read_bytes()
        damaged = bytearray(intact or b"?")
        damaged[chance.randrange(len(damaged))] ^= 1
        path.write_bytes(damaged)
        answer = place.smashpass("restore", backup, "--check")
        assert answer.code == 1
        assert names[path.name] in answer.out + answer.err
        assert str(path) in answer.out + answer.err
        path.unlink()
        missing = place.smashpass("restore", backup, "--check")
        assert missing.code == 1
        assert names[path.name] in missing.out + missing.err
        path.write_bytes(intact)
    assert place.smashpass("restore", backup, "--check").code == 0


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_damaged_picture_costs_itself_alone(
    place: Place, new_place: NewPlace, backup: Path
) -> None:
    place.smashpass("backup", backup)
    folder = BackupFolder(backup)
    name = f"pictures/{PICTURED[7]}-large"
    (entry,) = [entry for entry in folder.entries(manifest_of(backup)) if entry.path == name]
    folder.path(entry.content).write_bytes(bytes(entry.content.bytes))
    restored = new_place("new-home")

    answer = restored.smashpass("restore", backup)

    assert answer.code == 3
    assert answer.err == f"damaged, not restored: {name}\n"
    pictures = pictures_of(place.media)
    del pictures[PICTURED[7], "large"]
    assert pictures_of(restored.media) == pictures


def test_what_was_taken_down_leaves_the_backup_and_stays_down(
    place: Place, new_place: NewPlace, backup: Path
) -> None:
    early, late = PICTURED[3], PICTURED[4]
    reason = ("--reason", "its author asked for it")
    content = place.media.read(early, "large")
    place.smashpass("backup", backup)
    assert place.smashpass("takedown", "--sha256", early, *reason).code == 0
    place.smashpass("backup", backup)
    assert all(
        path.read_bytes() != content for path in (backup / "objects").rglob("*") if path.is_file()
    )
    # Taken down after the backup: the pictures outlive the database, and say so.
    assert place.smashpass("takedown", "--sha256", late, *reason).code == 0
    restored = new_place("new-home")
    shutil.copytree(place.home / "media", restored.home / "media")

    answer = restored.smashpass("restore", backup, "--json")

    assert (answer.code, answer.json["taken_down"]) == (0, 1)
    parts = restored.parts()
    for sha256 in (early, late):
        assert parts.media.forbids(sha256)
        assert not parts.media.has(sha256, "large")
        (record,) = parts.catalogue.images(parts.catalogue.with_picture(sha256))
        assert record.state == "taken_down"


def test_what_has_data_is_not_restored_into(
    place: Place, new_place: NewPlace, backup: Path
) -> None:
    place.smashpass("backup", backup)
    assert "there is data already" in place.smashpass("restore", backup).failure
    restored = new_place("new-home")
    planned = restored.smashpass("restore", backup, "--dry-run", "--json")
    assert (planned.code, planned.json["dry_run"]) == (0, True)
    assert not restored.home.exists()
    assert restored.smashpass("restore", backup).code == 0
    again = restored.smashpass("restore", backup)
    assert again.code == 1
    assert "there is data already; nothing was restored" in again.failure


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_lost_database_alone_is_restored_beside_its_pictures(place: Place, backup: Path) -> None:
    place.smashpass("backup", backup)
    for name in ("smashpass.db", "smashpass.db-wal", "smashpass.db-shm"):
        (place.home / name).unlink(missing_ok=True)
    (place.home / "smashpass.db-wal").write_bytes(b"of the database that was lost")

    answer = place.smashpass("restore", backup, "--json")

    assert (answer.code, answer.json["pictures"]) == (0, 0)
    assert place.smashpass("doctor").code == 0


def test_a_backup_of_the_other_kind_is_refused(
    kind: str, place: Place, new_place: NewPlace, backup: Path, tmp_path: Path
) -> None:
    place.smashpass("backup", backup)
    path = backup / "manifest.json"
    manifest = json.loads(path.read_text())
    assert manifest["kind"] == kind
    manifest["kind"] = "postgresql" if kind == "sqlite" else "sqlite"
    path.write_text(json.dumps(manifest))
    answer = new_place("new-home").smashpass("restore", backup)
    assert f"and this installation uses {kind}" in answer.failure


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"schema": "9999"}, "from a newer version: 77.0, schema 9999"),
        ({"format": 2}, "not the manifest of a backup of format 1"),
        ({"database": {"bytes": 3, "sha256": "../../etc/passwd"}}, "no length and SHA-256"),
    ],
)
def test_a_backup_that_cannot_be_read_is_refused(
    place: Place, new_place: NewPlace, backup: Path, edit: dict[str, Any], message: str
) -> None:
    place.smashpass("backup", backup)
    path = backup / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"program": "77.0"} | edit))
    restored = new_place("new-home")

    answer = restored.smashpass("restore", backup)

    assert message in answer.failure
    assert not restored.home.exists()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_where_no_backup_can_be_one_line_says_why(
    place: Place, new_place: NewPlace, backup: Path, tmp_path: Path
) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("Dear Ann")
    (tmp_path / "file").write_text("no folder")
    for folder, message in {
        place.home: "are not apart",
        place.home / "backup": "are not apart",
        place.home.parent: "are not apart",
        place.home / "media" / "ab": "are not apart",
        tmp_path / "documents": "something else than a backup: 'letter.txt'",
        tmp_path / "not" / "there": "there is no such folder to make the backup in",
        tmp_path / "file" / "backup": "there is no such folder to make the backup in",
    }.items():
        assert message in place.smashpass("backup", folder).failure
    assert "there is no library yet" in new_place("empty").smashpass("backup", backup).failure
    assert not backup.exists()
    assert "there is no backup" in new_place("empty").smashpass("restore", backup).failure
    assert not backup.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for little more than one backup."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_full_disk_is_said_and_leaves_the_backup_before(place: Place, small_disk: Path) -> None:
    backup = small_disk / "backup"
    assert place.smashpass("backup", backup).code == 0
    chance = random.Random(1)
    for number in range(500):
        place.media.write(f"{number:04x}".ljust(64, "f"), "large", chance.randbytes(9_000))

    answer = place.smashpass("backup", backup)

    assert "the disk is full; free some disk space" in answer.failure
    assert place.smashpass("restore", backup, "--check").code == 0
    # Nor does the database itself.
    shutil.rmtree(backup / "unfinished")
    with suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(4_096)):
            pass
    assert "the disk is full; free some disk space" in place.smashpass("backup", backup).failure
    (small_disk / "filler").unlink()
    for sha256, _ in [*place.media.files()]:
        if sha256.endswith("ff"):
            place.media.remove(sha256)
    assert place.smashpass("backup", backup).code == 0
    assert place.smashpass("restore", backup, "--check").code == 0


@pytest.mark.parametrize("kind", ["sqlite"])
def test_only_one_backup_is_taken_into_a_folder_at_a_time(place: Place, backup: Path) -> None:
    place.smashpass("backup", backup)
    with backup_lock(backup / LOCK, "backup"):
        for arguments in (("backup", backup), ("restore", backup, "--check")):
            answer = place.smashpass(*arguments)
            assert answer.code == 75
            assert "another backup or restore is using the folder: process" in answer.err
    assert place.smashpass("backup", backup).code == 0


@pytest.mark.parametrize("kind", ["sqlite"])
def test_another_library_does_not_take_the_place_of_a_backup(
    place: Place, new_place: NewPlace, backup: Path
) -> None:
    place.smashpass("backup", backup)
    other = new_place("other")
    other.parts().prepare()
    assert "the backup of another library" in other.smashpass("backup", backup).failure
    assert place.smashpass("restore", backup, "--check").code == 0


@pytest.mark.parametrize("kind", ["sqlite"])
def test_only_the_owner_may_read_a_backup_and_cron_sends_no_mail(
    place: Place, backup: Path
) -> None:
    answer = place.smashpass("backup", backup)
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    for path in (backup, *backup.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.name != LOCK:
            assert mode & 0o077 == 0, path


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_secret_key_is_in_the_backup_unless_a_setting_has_it(
    place: Place, new_place: NewPlace, backup: Path, tmp_path: Path
) -> None:
    place.smashpass("backup", backup)
    other = new_place("with-another-key")
    other.home.mkdir()
    (other.home / "secret_key").write_text("another secret key that is long enough\n")
    assert "it is not that of the backup" in other.smashpass("restore", backup).failure
    assert not (other.home / "smashpass.db").exists()
    restored = new_place("new-home")
    assert restored.smashpass("restore", backup).err == ""
    key = restored.home / "secret_key"
    assert key.read_bytes() == (place.home / "secret_key").read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600

    place.monkeypatch.setenv("SMASHPASS_SECRET_KEY", "0123456789abcdefghijklmnopqrstuvwxyz")
    place.smashpass("backup", tmp_path / "second")
    place.monkeypatch.delenv("SMASHPASS_SECRET_KEY")
    answer = new_place("third").smashpass("restore", tmp_path / "second")
    assert (answer.code, answer.err) == (
        0,
        "set SMASHPASS_SECRET_KEY as it was; it is not in the backup\n",
    )


@pytest.mark.parametrize("kind", ["postgresql"])
def test_without_the_programs_of_postgresql_one_line_says_so(
    place: Place, new_place: NewPlace, backup: Path, tmp_path: Path
) -> None:
    place.smashpass("backup", backup)
    place.monkeypatch.setenv("PATH", str(tmp_path))
    assert "pg_dump is not on PATH; install" in place.smashpass("backup", backup).failure
    answer = new_place("new-home").smashpass("restore", backup)
    assert "pg_restore is not on PATH; install" in answer.failure


@pytest.mark.parametrize("kind", ["postgresql"])
def test_the_one_of_several_servers_that_answers_is_dumped(place: Place, backup: Path) -> None:
    address = place.environment["SMASHPASS_DATABASE_URL"]
    several = address.replace("@", f"@127.0.0.1:{free_port()},")
    place.environment["SMASHPASS_DATABASE_URL"] = several
    answer = place.smashpass("backup", backup, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["counts"]["images"] == 302


@pytest.mark.parametrize("kind", ["postgresql"])
def test_the_password_is_in_the_environment_of_pg_dump_alone(
    place: Place, backup: Path, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@" > {seen}\necho "$PGPASSWORD" >> {seen}\nexit 9\n')
    program.chmod(0o700)
    address = place.environment["SMASHPASS_DATABASE_URL"]
    place.environment["SMASHPASS_DATABASE_URL"] = address.replace("@", ":hidden%2Fword@")
    place.monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")

    answer = place.smashpass("backup", backup)

    assert "pg_dump failed: exit status 9" in answer.failure
    assert "hidden" not in answer.err
    arguments, password = seen.read_text().splitlines()
    assert "hidden" not in arguments
    assert password == "hidden/word"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_doctor_warns_of_a_backup_that_is_missing_or_old(place: Place, backup: Path) -> None:
    def check() -> tuple[str, str]:
        checks = place.smashpass("doctor", "--json").json["checks"]
        return next((row["state"], row["detail"]) for row in checks if row["name"] == "backup")

    assert check() == ("warn", "none was taken; run: smashpass backup DIR")
    place.smashpass("backup", backup)
    state, detail = check()
    assert state == "ok"
    assert detail.endswith(f" in {backup}")
    parts = place.parts()
    old = parts.clock() - 27 * 3_600_000_000
    note_backup(parts.engine, LastBackup(old, str(backup)))
    state, detail = check()
    assert state == "warn"
    assert detail.startswith("the last one is 27 hours old: ")
    place.monkeypatch.setenv("SMASHPASS_BACKUP_MAX_AGE_HOURS", "28")
    assert check()[0] == "ok"
