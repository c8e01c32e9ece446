"""Real nginx with the shipped configuration, before a real server."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.pages import free_port, wait_until_ready
from tests.support.paths import ROOT

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def nginx_before(
    upstream: str,
    folder: Path,
    media: Path | None = None,
    user: str = "root",
    other: str = "",
    rate: int = 100,
    connections: int = 512,
    access_log: str = "off",
) -> Iterator[int]:
    """Run nginx with the shipped configuration, changed in its addresses; yields its port.

    Args:
        upstream: The address of the server.
        folder: Where nginx keeps its files.
        media: The folder of the pictures.
        user: Who its workers are, where root starts it.
        other: The address of a second server, if there are two.
        rate: Requests that one address may make in a second.
        connections: How many nginx may hold, to clients and servers together.
        access_log: The file that gets the server's status and the request line of each request.
    """
    port = free_port()
    site = (ROOT / "deploy/nginx/smashpass.conf").read_text()
    servers = [("server 127.0.0.1:8000;", f"server {upstream};")]
    if other:
        block = re.compile(r"^upstream smashpass {.*?^}\n", re.MULTILINE | re.DOTALL)
        site, count = block.subn((ROOT / "deploy/nginx/two-nodes.conf").read_text(), site)
        assert count == 1
        servers = [("10.0.0.11:8000", upstream), ("10.0.0.12:8000", other)]
    for old, new in (
        *servers,
        ("rate=100r/s;", f"rate={rate}r/s;"),
        ("listen 80;", f"listen 127.0.0.1:{port} backlog=4096;"),
        ("alias /var/lib/smashpass/media/;", f"alias {media or folder / 'media'}/;"),
    ):
        assert site.count(old) == 1
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    as_user = f"user {user};\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{as_user}daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"worker_rlimit_nofile {2 * connections};\n"
        f"events {{ worker_connections {connections}; }}\n"
        f"http {{\nlog_format passed '$upstream_status $request';\n"
        f"access_log {access_log}{'' if access_log == 'off' else ' passed'};\n"
        f"{temporary}include {folder}/site.conf;\n}}\n"
    )
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        deadline = time.monotonic() + 10
        while True:
            assert process.poll() is None, (folder / "error.log").read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield port
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(10)


@contextmanager
def site_at(
    home: Path, bind: str, upstream: str, trusted: str, user: str = "root", **further: str
) -> Iterator[int]:
    """Run the server as it is run, and nginx before it; yields the port of nginx."""
    settings = {"SMASHPASS_HOME": str(home), "SMASHPASS_TRUSTED_PROXIES": trusted, **further}
    with (home.parent / "serve.log").open("wb") as log, ExitStack() as stack:
        process = subprocess.Popen(
            [sys.executable, "-m", "smashpass", "serve", "--bind", bind, "--workers", "1"],
            env={**os.environ, **settings}, cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            port = stack.enter_context(nginx_before(upstream, home.parent, home / "media", user))
            wait_until_ready(f"http://127.0.0.1:{port}/sp", process, 90)
            yield port
        finally:
            process.terminate()
            process.wait(20)
