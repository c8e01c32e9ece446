"""A model server in another process, and images to ask about."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from smashpass.cli.main import run
from smashpass.processes import at_parents_death
from smashpass.services.scoring.ports import Item
from tests.support.command_line import Answer


class ModelServer:
    """The server of ``model_server.py``."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        with connection.getresponse() as answer:
            document = json.loads(answer.read())
        connection.close()
        return document

    def asked(self, mode: str) -> list:
        return self.get(f"/asked/{mode}")


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    command = [sys.executable, str(Path(__file__).parent / "model_server.py")]
    ends_with_us = at_parents_death(signal.SIGKILL)
    with subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=ends_with_us) as process:
        assert process.stdout is not None
        yield ModelServer(int(process.stdout.readline()))
        process.kill()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        return link.getsockname()[1]


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port that takes connections in no time at all: its queue is full and nobody reads."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
            fillers.append(filler)
        yield server.getsockname()[1]
        for filler in fillers:
            filler.close()


@pytest.fixture
def items():
    """Makes images with pictures of some bytes; None for those without one."""

    def make(*contents: bytes | None) -> list[Item]:
        return [
            Item(
                image=f"image{number}",
                sha256="" if content is None else f"{number:064x}",
                mime="" if content is None else "image/webp",
                tags=("beard", "hat"),
                data=lambda content=content: content or b"",
            )
            for number, content in enumerate(contents)
        ]

    return make


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs a module with an entry point for the length of a test."""

    def install(name: str, code: str, module: str = "") -> None:
        module = module or f"plugin_{name.replace('-', '_')}"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code))
        info = tmp_path / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[smashpass.plugins]\n{name} = {module}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, module, raising=False)

    return install


class Collection:
    """A folder of pictures with a table, and an installation beside it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder / "set"
        self.folder.mkdir()
        self.home = folder / "home"
        self._capsys = capsys

    def write(self, **colours: str) -> None:
        """Write the table, and a picture of each colour under its name."""
        rows = [f"{name}.png,hat,tests,CC0-1.0,digitalCreation,false,object\n" for name in colours]
        heading = "file_name,tags,source,licence,digital_source_type,real_person,depicts\n"
        (self.folder / "metadata.csv").write_text(heading + "".join(rows))
        for name, colour in colours.items():
            Image.new("RGB", (64, 48), colour).save(self.folder / f"{name}.png")

    def run(self, *arguments: str) -> Answer:
        """Type a command."""
        self._capsys.readouterr()
        code = run(list(arguments))
        captured = self._capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    def bring_in(self, *options: str) -> Answer:
        """Import the folder."""
        return self.run("import", str(self.folder), "--workers", "1", *options)


@pytest.fixture
def collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Collection:
    """Three pictures to be imported into a home that is not there yet."""
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    made = Collection(tmp_path, capsys)
    made.write(a="teal", b="olive", c="navy")
    return made
