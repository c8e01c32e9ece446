"""docs/operate.md, followed word by word in a bare Debian with systemd: scripts/follow-guide."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.console import examples_of, run_examples
from tests.support.paths import ROOT

GUIDE = ROOT / "docs" / "operate.md"
MIRROR = "http://deb.debian.org/debian"
CHECKOUT = "usr/local/src/smashpass"
BOOTED = ("systemd", "systemd-sysv", "dbus", "ca-certificates")
"""What a Debian that boots has, and a minimal one lacks."""


def make_root(root: Path) -> None:
    """Put a bare Debian 12 into a folder."""
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", str(root), MIRROR], check=True)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    command = (
        f"apt-get update -qq && apt-get install -y -qq --no-install-recommends {' '.join(BOOTED)}"
    )
    subprocess.run(["chroot", str(root), "sh", "-c", command], check=True)


def copy_checkout(root: Path) -> None:
    """Put what git has of this checkout where the guide expects it."""
    target = root / CHECKOUT
    target.mkdir(parents=True, exist_ok=True)
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, files.split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)


@contextmanager
def booted(root: Path, binds: Sequence[str]) -> Iterator[int]:
    """Boot it; yields the process id of its init."""
    command = [
        "systemd-nspawn",
        "--quiet",
        "--register=no",
        "--keep-unit",
        "--boot",
        "-D",
        str(root),
    ]
    command += [f"--bind-ro={path}" for path in binds]
    with (root.parent / "boot.log").open("wb") as log:
        container = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        init = _init_of(container)
        yield init
        with suppress(ProcessLookupError):
            os.kill(init, signal.SIGRTMIN + 4)  # power off
        container.wait(60)
    finally:
        if container.poll() is None:
            container.kill()
            container.wait()


def _init_of(container: subprocess.Popen[bytes]) -> int:
    """Wait until units can be started."""
    deadline = time.monotonic() + 60
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children")
    while time.monotonic() < deadline and container.poll() is None:
        time.sleep(0.5)
        for child in children.read_text().split():
            state = subprocess.run(
                [*inside(int(child)), "systemctl", "is-system-running"],
                capture_output=True,
                text=True,
                check=False,
            ).stdout.strip()
            if state in ("running", "degraded"):
                return int(child)
    raise SystemExit("follow-guide: the Debian does not boot; see boot.log")


def inside(init: int) -> list[str]:
    """What runs a command in the booted Debian."""
    return [
        "nsenter",
        "--target",
        str(init),
        "--mount",
        "--uts",
        "--ipc",
        "--pid",
        "--root",
        "--wd",
    ]


def main() -> int:
    """Follow the guide; return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/follow-guide", description=__doc__)
    parser.add_argument("--root", type=Path, help="a Debian 12 with systemd; made if not given")
    parser.add_argument("--bind", action="append", default=[], help="a folder to show inside")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="smashpass-guide-"))
    root = options.root or folder / "root"
    if options.root is None:
        make_root(root)
    copy_checkout(root)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "http_", "https_"))
    }
    environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    environment["DEBIAN_FRONTEND"] = "noninteractive"
    began = time.monotonic()
    with booted(root, options.bind) as init:
        shared = root / "root"
        wrong = run_examples(
            GUIDE, shared, environment, [*inside(init), "bash"], seen_as="/root", seconds=1_800
        )
    count = len(examples_of(GUIDE))
    for text in wrong:
        print(f"{text}\n", file=sys.stderr)
    print(f"{count - len(wrong)} of {count} commands did what the guide says, in "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    if options.root is None and not wrong:
        shutil.rmtree(folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
