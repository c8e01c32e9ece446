"""Settings that every test shares."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Hundreds of tests start processes: each would compile all modules anew where nothing is kept, and
# pytest itself rewrites all of Hypothesis: what is imported from here on is kept.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

import pytest  # noqa: E402
from flask import Flask  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402
from jinja2 import BytecodeCache  # noqa: E402
from jinja2.bccache import Bucket  # noqa: E402

from smashpass.bootstrap.installation import Installation  # noqa: E402
from smashpass.settings import load  # noqa: E402
from tests.support.shared import filled_once  # noqa: E402

# Fixtures that tests of several folders share.
pytest_plugins = (
    "tests.support.api",
    "tests.support.pages",
    "tests.support.admin",
    "tests.support.databases",
    "tests.support.s3",
)

# The same commit gives the same answer; the search with chance is that of the profile "bench".
settings.register_profile(
    "ci",
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
for name, examples in (("quick", 10), ("bench", 2_000)):
    settings.register_profile(
        name,
        parent=settings.get_profile("ci"),
        max_examples=examples,
        derandomize=name != "bench",
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# The shell is the same engine without a desktop, for a third of the work.
CHROMIUM = (
    shutil.which("chromium-headless-shell")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Templates(BytecodeCache):
    """Templates that one application of a process compiled, for all others of it."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


# Most tests make an application of their own.
Flask.jinja_options = {"bytecode_cache": Templates()}


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the schema and nothing in it, to be copied: that is quicker than to migrate."""

    def prepare(home: Path) -> None:
        parts = Installation(load({"SMASHPASS_HOME": str(home)}))
        parts.prepare()
        parts.engine.dispose()

    return filled_once(tmp_path_factory, "empty", prepare)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One Chromium for all tests of a process: Playwright cannot be started twice in it."""
    if CHROMIUM is None:
        pytest.skip(
            "Chromium is not installed: neither chromium-headless-shell nor chromium on PATH"
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the programs that they need: ``-m "not browser"`` leaves them out."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        callspec = getattr(item, "callspec", None)
        parameters = callspec.params.values() if callspec else ()
        if fixtures & {"chromium", "desk", "visit", "open_page"}:
            item.add_marker("browser")
            # A busy machine may answer a page too late. The summary counts what was run again.
            item.add_marker(pytest.mark.flaky(reruns=1))
        if fixtures & {"postgres_server", "cluster"} or "postgresql" in map(str, parameters):
            item.add_marker("postgresql")
        if item.path.stem in ("test_behind_nginx", "test_pictures_by_nginx", "test_two_nodes"):
            item.add_marker("nginx")
