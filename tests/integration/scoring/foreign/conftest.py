"""Model servers that others wrote, started as their packages bring them, in processes of their own.

Each has an environment below ``.venv-servers``, made by ``scripts/setup-servers``.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.paths import ROOT
from tests.support.servers import free_port, until

HERE = Path(__file__).parent
MODEL = "pictures"


class ForeignServer:
    """A model server in a session of its own, by which its processes are found."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._bin = ROOT / ".venv-servers" / kind / "bin"
        self._log = folder / "log"
        self._shown = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {"HOME": str(self._folder), "PATH": os.environ["PATH"]}
        if self.kind == "kserve":
            command = [self._bin / "python", HERE / "kserve_server.py"]
            command += ["--http_port", str(self.port), "--enable_grpc", "false"]
        elif self.kind == "pytriton":
            command = [self._bin / "python", HERE / "pytriton_server.py", str(self.port)]
        else:
            command = [self._bin / "mlserver", "start", HERE / "mlserver_model"]
            environment |= {
                "MLSERVER_HOST": "127.0.0.1",
                "MLSERVER_HTTP_PORT": str(self.port),
                "MLSERVER_GRPC_PORT": str(free_port()),
                "MLSERVER_METRICS_PORT": str(free_port()),
                "MLSERVER_PARALLEL_WORKERS": "0",
            }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(f"{self.kind} is ready", self._ready, 60)

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.news()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with closing(connection), suppress(OSError):
            connection.request("GET", f"/v2/models/{MODEL}/ready")
            return connection.getresponse().status == 200
        return False

    def end(self) -> None:
        """End it as an operator would, so that it removes what it put into shared memory."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
        self.kill()

    def kill(self) -> None:
        """End it without a warning, with all processes that it started."""
        if self._process is not None:
            left_behind = shared_memory(self._process.pid)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            for path in left_behind:
                path.unlink(missing_ok=True)

    def news(self) -> str:
        """Return what it logged since the last call."""
        with self._log.open("rb") as log:
            log.seek(self._shown)
            text = log.read()
        self._shown += len(text)
        return text.decode(errors="replace")


def shared_memory(session: int) -> set[Path]:
    """Return the files of shared memory that the processes of a session have open."""
    paths = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(folder.name)) == session:
                paths |= set(re.findall(r"/dev/shm/\S+", (folder / "maps").read_text()))
    return {Path(path) for path in paths}


@pytest.fixture(scope="module", params=["kserve", "mlserver", "pytriton"])
def running_server(request) -> Iterator[ForeignServer]:
    kind = request.param
    if not (ROOT / ".venv-servers" / kind / ".complete").is_file():
        pytest.skip(f"{kind} is not installed: run scripts/setup-servers")
    # PyTriton makes sockets below its home, and the address of a socket has 107 bytes at most.
    with TemporaryDirectory(prefix="sp-", ignore_cleanup_errors=True) as folder:
        server = ForeignServer(kind, Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.end()


@pytest.fixture
def foreign_server(running_server) -> Iterator[ForeignServer]:
    """The server; pytest shows what it logged in a test that fails."""
    yield running_server
    print(running_server.news())
