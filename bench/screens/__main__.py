"""Take screenshots of every page and state. See scripts/screenshots --help."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.browser import launched, missing
from bench.pages import demo_home
from bench.processes import PeerFailed, smashpass
from bench.screens import editing, swiping
from bench.screens.camera import SIZES, Window, take
from bench.servers import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

SCENES = {scene.name: scene for scene in (*swiping.SCENES, *editing.SCENES)}
EDITOR = "ann"
PASSWORD = "a long enough passphrase"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/screenshots",
        description="Take every page and state as phone and desktop, light and dark, from a demo "
        "library of its own. Prints each file. Exit 1 if a scene could not be taken.",
    )
    parser.add_argument(
        "--only", action="append", choices=SCENES, help="a scene; may be given several times"
    )
    parser.add_argument("--count", type=int, default=300, help="number of demo pictures")
    parser.add_argument(
        "--out", type=Path, default=Path("docs/screenshots"), help="folder for the files"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Take what is asked for; return the exit code."""
    options = parse(arguments)
    lacking = missing()
    if lacking:
        print(f"screenshots: {lacking}", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    failures = 0
    with (
        tempfile.TemporaryDirectory(prefix="smashpass-screens-") as folder,
        launched() as browser,
    ):
        home = demo_home(Path(folder), options.count)
        _make_editor(home)
        with serving(home, workers=1) as server:
            server.wait_for("/readyz")
            address = "http://{}:{}".format(*server.address)
            signed_in = _sign_in(browser, address)
            for name in options.only or SCENES:
                failures += not _taken(name, browser, signed_in, address, home, options.out)
    return 1 if failures else 0


def _taken(
    name: str, browser: Browser, signed_in: BrowserContext, address: str, home: Path, out: Path
) -> bool:
    """Take one scene; one that fails is told of and does not end the others."""
    from playwright.sync_api import Error

    scene = SCENES[name]
    with _window(browser, signed_in if scene.admin else None, address, home) as window:
        try:
            for path in take(scene, window, out):
                print(path, flush=True)
        except (Error, AssertionError) as error:
            print(f"screenshots: {name}: {error}", file=sys.stderr)
            return False
    return True


@contextmanager
def _window(
    browser: Browser, signed_in: BrowserContext | None, address: str, home: Path
) -> Iterator[Window]:
    """Yield a window of a new viewer, or one of the editor."""
    width, height = SIZES["desktop"]
    context = signed_in or browser.new_context(
        viewport={"width": width, "height": height}, locale="en"
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    try:
        yield Window(page, address, home)
    finally:
        page.close()
        if signed_in is None:
            context.close()


def _make_editor(home: Path) -> None:
    command = smashpass("admin", "create", EDITOR, "--role", "admin")
    made = subprocess.run(
        command,
        input=PASSWORD + "\n",
        env={**os.environ, "SMASHPASS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise PeerFailed(f"`smashpass admin create` said: {made.stderr.strip()}")


def _sign_in(browser: Browser, address: str) -> BrowserContext:
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(f"{address}/admin/login")
    page.fill("[name=name]", EDITOR)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda where: "/login" not in where)
    page.close()
    return context


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
