"""Installations with pictures, on both databases, for backups."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.media.folder import MediaFolder
from smashpass.settings import load
from tests.support.api import LIVE, fill
from tests.support.command_line import SECONDS, Answer
from tests.support.paths import ROOT

PICTURED = [f"{number:064x}" for number in range(1, LIVE + 1) if number % 10]
"""The pictures of the library of the API's tests."""


@dataclass
class Place:
    """A home and its database: where an installation is, or is to be restored."""

    environment: dict[str, str]
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    _opened: list[Installation] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return Path(self.environment["SMASHPASS_HOME"])

    @property
    def media(self) -> MediaFolder:
        return MediaFolder(self.home / "media")

    def smashpass(self, *arguments: object) -> Answer:
        """Type a command here; on PostgreSQL in a process of its own, which closes connections."""
        self.enter()
        if "SMASHPASS_DATABASE_URL" in self.environment:
            ended = subprocess.run(
                [sys.executable, "-m", "smashpass", *map(str, arguments)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            return Answer(ended.returncode, ended.stdout, ended.stderr)
        self.capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = self.capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    def started(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Start a command here in a process of its own."""
        command = [sys.executable, "-m", "smashpass", *map(str, arguments)]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def enter(self) -> None:
        """Let processes that are started from now on use this place."""
        for name, value in self.environment.items():
            self.monkeypatch.setenv(name, value)

    def parts(self) -> Installation:
        """Open it; closed at the end of the test."""
        self._opened.append(Installation(load(self.environment)))
        return self._opened[-1]

    def close(self) -> None:
        for parts in self._opened:
            parts.engine.dispose()


NewPlace = Callable[[str], Place]


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database; a test may set its own."""
    return request.param


@pytest.fixture
def new_place(
    kind: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[NewPlace]:
    """Makes a place where nothing is yet."""
    for name in ("SMASHPASS_CONFIG", "SMASHPASS_DATABASE_URL", "SMASHPASS_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    places, urls = [], []

    def make(name: str) -> Place:
        environment = {"SMASHPASS_HOME": str(tmp_path / name)}
        if kind == "postgresql":
            urls.append(request.getfixturevalue("postgres_server").new_database())
            environment["SMASHPASS_DATABASE_URL"] = urls[-1]
        places.append(Place(environment, capsys, monkeypatch))
        return places[-1]

    yield make
    for place in places:
        place.close()
    for url in urls:
        request.getfixturevalue("postgres_server").drop(url)


@pytest.fixture
def place(kind: str, new_place: NewPlace, template: Path) -> Place:
    """An installation with 300 images, of which nine in ten have pictures of two sizes."""
    made = new_place("home")
    if kind == "sqlite":
        shutil.copytree(template, made.home)
    else:
        parts = made.parts()
        parts.prepare()
        fill(parts)
        parts.build_snapshot()
    chance = random.Random(3)
    for sha256 in PICTURED:
        made.media.write(sha256, "large", chance.randbytes(3_000))
        made.media.write(sha256, "small", chance.randbytes(700))
    _ = made.parts().secret_key
    for path in (made.home, *made.home.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return made


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """The folder of backups, which is not there yet."""
    return tmp_path / "backup"


def pictures_of(media: MediaFolder) -> dict[Any, bytes]:
    """Every picture file with its content."""
    return {(sha256, size): media.read(sha256, size) for sha256, size in media.files()}
