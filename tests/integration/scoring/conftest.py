"""A model server in another process, and images to ask about."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from smashpass.services.scoring.ports import Item


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
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
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
