"""Requests that nobody thought of, made by Schemathesis from the OpenAPI document."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from bench.servers import Server, serving
from smashpass.bootstrap.installation import Installation
from smashpass.settings import load

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)


@pytest.fixture(scope="module")
def home(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("fuzzed") / "home"
    shutil.copytree(template, copy)
    return copy


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with serving(home) as server:
        server.wait_for("/readyz")
        yield server


def make_requests(server: Server, token: str, *selection: str) -> None:
    """Let Schemathesis make requests; every answer must be one that the document tells of."""
    host, port = server.address
    examples = max(5, hypothesis_settings().max_examples // 4)
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("run", f"http://{host}:{port}/api/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {token}"),
            *("--checks", ",".join(CHECKS), "--max-examples", str(examples)),
            *("--generation-deterministic", "--no-color"),
            *selection,
        ],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=server.log.parent,
        check=False,
    )
    failures = ended.stdout.partition("FAILURES")[2] or ended.stdout + ended.stderr
    assert ended.returncode == 0, "\n".join(line[:500] for line in failures.splitlines()[:120])
    assert int(re.findall(r"(\d+) generated", ended.stdout)[0]) > 10 * examples


def test_a_viewer_gets_no_answer_that_is_not_documented(server: Server) -> None:
    token = server.ask("POST", "/api/v1/viewers", body={"age_band": "18+"})[1]["token"]
    make_requests(
        server, token, "--exclude-path-regex", "^/api/v1/admin", "--exclude-path", "/api/v1/me"
    )
    assert server.ask("GET", "/api/v1/me", token)[0] == 200


def test_an_admin_gets_no_answer_that_is_not_documented(server: Server, home: Path) -> None:
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    parts.accounts.create("ann", "admin", "a long enough passphrase")
    token = parts.tokens.renew("ann")
    make_requests(server, token, "--include-path-regex", "^/api/v1/admin")
    assert server.ask("GET", "/api/v1/admin/changes", token)[0] == 200
