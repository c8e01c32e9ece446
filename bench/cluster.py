"""Two nodes behind nginx over one PostgreSQL, in processes: started, killed, asked."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from bench.processes import Finished, PeerFailed, run, smashpass
from bench.servers import HOST, Server, free_port
from tests.support.nginx import NGINX, nginx_before
from tests.support.postgres import USER, PostgresServer, binaries

PREFIX = "/sp"
"""The path below which the shipped configuration of nginx serves."""
_SECRET = "a secret that both nodes have, for tests alone"
_WORKERS = 1


def lacking() -> str:
    """Return what is not installed here, "" if nothing is missing."""
    if binaries() is None:
        return "PostgreSQL is not installed: no initdb under /usr/lib/postgresql or on PATH"
    return "" if NGINX else "nginx is not installed"


class Cluster:
    """Two nodes, their database with or without a standby, and the nginx before them.

    Attributes:
        folder: For the homes, the pictures, the files of nginx.
        primary: Takes writes.
        standby: Has every acknowledged commit; None without one.
        environment: The settings that all nodes have in common.
        nodes: The running servers; one that was killed stays here until it is started again.
        port: That of nginx.
    """

    def __init__(self, folder: Path, *, standby: bool) -> None:
        """Start the database and make it; the nodes are started as a context."""
        programs = binaries()
        if programs is None:
            raise PeerFailed(lacking())
        self.folder = folder
        self._programs = programs
        self._homes = [folder / "first" / "home", folder / "second" / "home"]
        for home in self._homes:
            home.mkdir(parents=True)
        (folder / "nginx").mkdir()
        self._ports = [free_port(), free_port()]
        self.nodes: list[Server] = []
        self.port = 0
        self.primary = PostgresServer(programs)
        self.standby: PostgresServer | None = None
        self._dead: PostgresServer | None = None
        self._name = self.primary.new_database().rpartition("/")[2]
        if standby:
            self.follow()
        ports = sorted(server.port for server in (self.primary, self.standby) if server)
        servers = ",".join(f"{HOST}:{port}" for port in ports)
        options = "?target_session_attrs=read-write" if standby else ""
        self.environment = {
            "SMASHPASS_DATABASE_URL": f"postgresql://{USER}@{servers}/{self._name}{options}",
            "SMASHPASS_MEDIA_URL": f"file://{folder}/media",
            "SMASHPASS_SECRET_KEY": _SECRET,
            "SMASHPASS_TRUSTED_PROXIES": HOST,
        }

    def command(self, *arguments: str, node: int = 0, entered: bytes = b"") -> Finished:
        """Run ``smashpass …`` at a node to its end.

        Raises:
            PeerFailed: It ends with another code than 0.
        """
        environment = {**self.environment, "SMASHPASS_HOME": str(self._homes[node])}
        ended = run(smashpass(*arguments), self.folder / "commands", environment, entered)
        if ended.code:
            raise PeerFailed(f"smashpass {arguments[0]} ended with {ended.code}: {ended.complaint}")
        return ended

    def home(self, node: int) -> Path:
        """Return the home of a node."""
        return self._homes[node]

    def __enter__(self) -> Cluster:
        """Run both nodes and nginx."""
        with ExitStack() as stack:
            stack.callback(self.abandon)
            self.nodes = [self._start(0), self._start(1)]
            for node in self.nodes:
                node.wait_for("/readyz")
            first, second = (f"{HOST}:{port}" for port in self._ports)
            self.port = stack.enter_context(
                nginx_before(first, self.folder / "nginx", other=second, rate=100_000)
            )
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_failure: object) -> None:
        """End everything."""
        self._running.close()

    def restart(self, node: int) -> float:
        """Start a node that was killed; return the seconds until it is ready."""
        self.nodes[node].stop()
        self.nodes[node] = self._start(node)
        return self.nodes[node].wait_for("/readyz")

    def fail_over(self, unnoticed_s: float) -> float:
        """Kill the primary, and promote the standby after a time; return when it took writes."""
        if self.standby is None:
            raise PeerFailed("there is no standby")
        self.primary.kill()
        time.sleep(unnoticed_s)
        self.standby.promote()
        self._dead, self.primary, self.standby = self.primary, self.standby, None
        return time.monotonic()

    def follow(self) -> None:
        """Make a new standby, at the address of the one that was killed, if one was.

        From then on no commit is acknowledged before it is on both.
        """
        port = 0
        if self._dead is not None:
            port = self._dead.port
            self._dead.stop()
        self.standby = PostgresServer(self._programs, primary=self.primary, port=port)
        self.primary.configure("synchronous_standby_names", "standby")
        state = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        began = time.monotonic()
        while self.primary.ask(state) != [(1,)]:
            if time.monotonic() - began > 30:
                raise PeerFailed("the standby does not follow")
            time.sleep(0.05)

    def abandon(self) -> None:
        """End the nodes and the database servers."""
        for node in self.nodes:
            with suppress(ProcessLookupError):
                node.kill()
            node.stop()
        for server in (self.primary, self.standby, self._dead):
            if server is not None:
                server.stop()

    def rows(self, statement: Any) -> list[tuple[Any, ...]]:
        """Return what a statement finds in the database of the nodes."""
        return self.primary.ask(statement, self._name)

    def _start(self, node: int) -> Server:
        port = self._ports[node]
        home = self._homes[node]
        command = smashpass("serve", "--bind", f"{HOST}:{port}", "--workers", str(_WORKERS))
        log = str(home.parent / "server.log")
        settings = {"SMASHPASS_HOME": str(home), "SERVER_LOG": log, **self.environment}
        return Server(command, port, settings)


def fresh(folder: Path, *, standby: bool, filling: Sequence[Sequence[str]]) -> Cluster:
    """Return a cluster whose library comes from commands, in a folder that is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cluster = Cluster(folder, standby=standby)
    try:
        for arguments in filling:
            cluster.command(*arguments)
    except BaseException:
        cluster.abandon()
        raise
    return cluster
