"""Commands whose connections are written down by strace, without any network to connect to."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.servers import until

STRACE = shutil.which("strace")
UNSHARE = shutil.which("unshare")

_ADDRESSED = re.compile(r"sa_family=AF_INET6?\b")


def lacking() -> str:
    """Why nothing can be traced here; "" if it can."""
    if STRACE is None or UNSHARE is None:
        return "strace or unshare is not installed"
    for tried in ([UNSHARE, "-n", "true"], [STRACE, "-o", os.devnull, "true"]):
        if subprocess.run(tried, capture_output=True).returncode:
            return f"{Path(tried[0]).name} is not permitted"
    return ""


class Traced:
    """Runs commands over one home, in network namespaces in which nothing can be reached."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self._traces: list[Path] = []
        self._environment = {
            **os.environ,
            "SMASHPASS_HOME": str(folder / "home"),
            "TMPDIR": str(folder),
            **settings,
        }

    def _command(self, words: tuple[str, ...]) -> list[str]:
        assert STRACE is not None
        assert UNSHARE is not None
        trace = self.folder / f"trace-{len(self._traces)}"
        self._traces.append(trace)
        # -D: the process that is started is the command, and strace ends after its last process.
        strace = [STRACE, "-D", "-f", "-q", "--seccomp-bpf", "-o", str(trace)]
        return [*strace, "-e", "trace=connect,sendto,sendmsg,sendmmsg", UNSHARE, "-n", *words]

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self._command(words), env=self._environment, cwd=ROOT, input=stdin,
            capture_output=True, text=True,
        )  # fmt: skip

    def smashpass(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run ``smashpass`` to its end."""
        return self.run(sys.executable, "-m", "smashpass", *words, stdin=stdin)

    @contextmanager
    def serving(self) -> Iterator[UnixConnection]:
        """Serve at a unix socket, which can be reached from outside of the namespace."""
        path = self.folder / "socket"
        command = (sys.executable, "-m", "smashpass", "serve", "--workers", "1")
        with (self.folder / "serve.log").open("wb") as log:
            process = subprocess.Popen(
                self._command((*command, "--bind", f"unix:{path}")),
                env=self._environment, cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
            connection = UnixConnection(path)
            try:
                until("ready", lambda: self._ready(process, connection), 120)
                yield connection
            finally:
                connection.close()
                process.terminate()
                process.wait(30)

    def _ready(self, process: subprocess.Popen[bytes], connection: UnixConnection) -> bool:
        assert process.poll() is None, (self.folder / "serve.log").read_text()
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            answer.read()
            return answer.status == 200
        connection.close()
        return False

    def connections(self) -> list[str]:
        """Every attempt to reach a network address so far, this machine's own included."""
        lines = [line for trace in self._traces for line in trace.read_text().splitlines()]
        return [line for line in lines if _ADDRESSED.search(line)]


class UnixConnection(http.client.HTTPConnection):
    """A connection to a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = str(path)

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
