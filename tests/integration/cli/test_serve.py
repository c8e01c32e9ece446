"""``serve --bind``: addresses that cannot be had are said in one line; the others are served."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.servers import ROOT, Server, free_port, until

PRIVILEGED = 81

Start = Callable[[str], Server]


def _serve(home: Path, bind: str, *prefix: str) -> tuple[int, str]:
    """Run the real command, which must end by itself; return exit code and standard error."""
    ended = subprocess.run(
        [*prefix, sys.executable, "-m", "smashpass", "serve", "--bind", bind],
        env={**os.environ, "SMASHPASS_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.returncode, ended.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose name is short enough for sockets."""
    folder = Path("/tmp") / f"smashpass-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers of one new home."""
    home = tmp_path / "home"
    home.mkdir()
    with ExitStack() as stack:

        def started(bind: str) -> Server:
            server = Server(home, 0, bind)
            stack.callback(server.close)
            until("it serves", lambda: "serving on" in server.said() or server.ended(), 30)
            return server

        yield started


@pytest.mark.parametrize(
    ("bind", "part"),
    [
        ("8143", "'8143' has no host; try 127.0.0.1:8143"),
        ("localhost", "'localhost' has no port; try localhost:8000"),
        (":8000", "':8000' has no host; try 127.0.0.1:8000"),
        ("", "the address is empty; try 127.0.0.1:8000"),
        ("127.0.0.1:99999", "the port must be a number from 0 to 65535"),
        ("127.0.0.1:", "the port must be a number from 0 to 65535"),
        ("127.0.0.1:-1", "the port must be a number from 0 to 65535"),
        ("http://127.0.0.1:8143", "is a URL; leave out http:// and write 127.0.0.1:8143"),
        ("::1:8000", "write an IPv6 address in brackets, for example [::1]:8000"),
        ("nobody.invalid:8000", "the host 'nobody.invalid' cannot be resolved"),
        ("a..b:8000", "the host 'a..b' cannot be resolved"),
        ("192.0.2.1:8000", "'192.0.2.1:8000' is not an address of this machine"),
        ("unix:", "'unix:' has no path; try unix:/run/smashpass.sock"),
        ("unix:/nonexistent/x.sock", "'unix:/nonexistent/x.sock': No such file or directory"),
        ("unix:/tmp/" + "x" * 120, "path too long"),
    ],
)
def test_what_is_no_address_is_said_in_one_line(tmp_path: Path, bind: str, part: str) -> None:
    home = tmp_path / "home"
    code, output = _serve(home, bind)
    assert (code, output.startswith("smashpass: ")) == (2, True)
    assert part in output
    assert not home.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMASHPASS_SCORER_ONNX", "missing.onnx"),
        ("SMASHPASS_PLUGINS", "missing"),
        ("SMASHPASS_SCORER_TOKEN_FILE", "missing.token"),
    ],
)
def test_settings_of_models_that_cannot_be_used_are_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("SMASHPASS_SCORER_URL", "http://127.0.0.1:9")
    monkeypatch.setenv(name, value)
    code, text = _serve(tmp_path / "home", f"127.0.0.1:{free_port()}")
    assert code == 2
    assert text.startswith(f"smashpass: {name}: ")
    assert not (tmp_path / "home").exists()


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        bind = f"127.0.0.1:{occupied.getsockname()[1]}"
        code, output = _serve(tmp_path / "home", bind)
    assert (code, output) == (
        1,
        f"smashpass: {bind} is in use by another server; stop it, or choose another address\n",
    )


def test_a_port_that_needs_a_privilege_is_reported(tmp_path: Path) -> None:
    first = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    setpriv = shutil.which("setpriv")
    if int(first.read_text()) <= PRIVILEGED or (setpriv is None and os.geteuid() == 0):
        pytest.skip("every port may be had here")
    prefix = [str(setpriv), "--bounding-set=-net_bind_service"] if os.geteuid() == 0 else []
    code, output = _serve(tmp_path / "home", f"127.0.0.1:{PRIVILEGED}", *prefix)
    assert code == 1
    assert "permission denied; ports below 1024 need a privilege" in output


def test_a_file_is_never_replaced(tmp_path: Path, folder: Path) -> None:
    file = folder / "notes.txt"
    file.write_text("mine")
    code, output = _serve(tmp_path / "home", f"unix:{file}")
    assert code == 1
    assert "is a file or folder, not a socket" in output
    assert file.read_text() == "mine"


def test_a_socket_is_served_kept_from_others_and_taken_over_from_the_dead(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    path = folder / "x.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    first = start(f"unix:{path}")
    assert f"serving on unix:{path}  (Ctrl-C ends)" in first.said()
    code, output = _serve(tmp_path / "other", f"unix:{path}")
    assert (code, "is in use by another server" in output) == (1, True)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1_000).startswith(b"HTTP/1.1 200 ")
    first.process.terminate()
    assert first.process.wait(15) == 0
    assert not path.exists()


@pytest.mark.parametrize("host", ["[::1]", "localhost"])
def test_it_answers_once_it_says_so(start: Start, host: str) -> None:
    if host == "[::1]" and not Path("/proc/net/if_inet6").exists():
        pytest.skip("no IPv6 here")
    server = start(f"{host}:0")
    address = "[::1]" if host == "[::1]" else "127.0.0.1"
    announced = re.search(rf"serving on http://{re.escape(address)}:(\d+)  ", server.said())
    assert announced, server.said()
    with socket.create_connection(
        (address.strip("[]"), int(announced[1])), timeout=10
    ) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1_000).startswith(b"HTTP/1.1 200 ")


def test_a_check_takes_nothing(tmp_path: Path, folder: Path) -> None:
    path = folder / "x.sock"
    for bind in (f"unix:{path}", f"127.0.0.1:{free_port()}"):
        command = [sys.executable, "-m", "smashpass", "serve", "--check", "--bind", bind]
        environment = {**os.environ, "SMASHPASS_HOME": str(tmp_path / "home")}
        ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    assert not path.exists()
    assert not (tmp_path / "home").exists()


def test_the_script_says_the_same_before_it_draws_anything(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for variables, part in (
        ({"PORT": "99999"}, "the port must be a number from 0 to 65535"),
        ({"BIND": "::1"}, "write an IPv6 address in brackets"),
        ({"BIND": "unix:/nonexistent/x.sock"}, "No such file or directory"),
    ):
        ended = subprocess.run(
            ["scripts/run"],
            env={**os.environ, "SMASHPASS_HOME": str(home), **variables},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 2
        assert part in ended.stderr
        assert not home.exists()
