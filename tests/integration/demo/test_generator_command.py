"""``smashpass render --generator`` as it is typed, killed, resumed, imported and reviewed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from smashpass.bootstrap.generating import prompt_writer
from smashpass.bootstrap.installation import Installation
from smashpass.cli.installation import open_services
from smashpass.cli.library import generate
from smashpass.cli.main import run
from smashpass.demo.drawing import Artist
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support.command_line import Answer
from tests.support.generators import LocalGenerator, local_generator


@pytest.fixture
def server() -> Iterator[LocalGenerator]:
    with local_generator() as server:
        yield server


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def smashpass(capsys, home, artist: Artist, monkeypatch):
    """Types a command; the styles that this process has read already are used again."""
    assert home
    monkeypatch.setattr("smashpass.bootstrap.generating.Artist", lambda _recipe: artist)

    def typed(*arguments: object) -> Answer:
        capsys.readouterr()
        code = run(list(map(str, arguments)))
        return Answer(code, *capsys.readouterr())

    return typed


def command(server: LocalGenerator, out: Path, *options: object, count: int = 3) -> list[object]:
    return [
        *("render", "--count", count, "--out", out, "--generator", server.url),
        *("--generator-format", "openai", "--generator-model", "painter"),
        *("--licence", "CC0-1.0", *options),
    ]


def test_the_summary_says_what_was_asked_done_and_spent(smashpass, server, tmp_path):
    out = tmp_path / "out"
    options = ("--price", "0.04", "--budget", "0.08")

    answer = smashpass(*command(server, out, *options, "--json"))

    assert (answer.code, answer.err) == (3, "")
    assert answer.json == {
        "folder": str(out), "asked": 2, "done": 2, "failed": [], "left": 1,
        "spent": 0.08, "budget": 0.08,
    }  # fmt: skip
    answer = smashpass(*command(server, out, *options))
    assert answer.code == 3
    assert "2 pictures" in answer.out
    assert "0 calls, spent 0.08 of 0.08; stopped by the budget" in answer.out
    assert smashpass(*command(server, out, "--price", "0.04", "--budget", "1")).code == 0
    assert len(server.calls) == 3


def test_failed_pictures_are_listed_and_the_others_made(smashpass, server, tmp_path):
    server.script.append((400, {}, b'{"error": {"message": "no \\u001b[2Jthanks"}}'))

    answer = smashpass(*command(server, tmp_path / "out"))

    assert answer.code == 3
    assert "2 pictures" in answer.out
    (line,) = answer.err.splitlines()
    assert "thanks" in line
    assert line.isprintable()


@pytest.mark.parametrize(
    ("removed", "added", "message"),
    [
        ("--generator-format", (), "--generator-format"),
        ("--generator-model", (), "--generator-model"),
        ("--licence", (), "state the licence"),
        ("--generator", (), "--generator URL"),
        ("", ("--budget", "5"), "needs the --price"),
        ("", ("--price", "much"), "is not an amount"),
        ("", ("--price", "NaN"), "is not an amount"),
        ("", ("--price", "-1"), "is not an amount"),
        ("", ("--licence", "mine"), "not an SPDX id"),
        ("", ("--generator-model", "m" * 101), "at most 100"),
        ("", ("--generator-model", "a\x07b"), "printable"),
        ("", ("--generator", "ftp://x"), "not an http"),
        ("", ("--generator", "http://me:secret@localhost"), "address of the generator"),
    ],
)
def test_wrong_options_are_usage_errors(removed, added, message, smashpass, server, tmp_path):
    arguments = [*command(server, tmp_path / "out"), *added]
    if removed:
        place = arguments.index(removed)
        del arguments[place : place + 2]

    answer = smashpass(*arguments)

    assert answer.code == 2
    assert message in answer.failure
    assert "secret" not in answer.failure
    assert server.calls == []


def test_a_token_comes_from_a_file_for_its_owner_alone(smashpass, server, tmp_path):
    token = tmp_path / "token"
    token.write_text("sesame\n")
    token.chmod(0o644)
    options = ("--token-file", token)
    assert "--token-file" in smashpass(*command(server, tmp_path / "out", *options)).failure
    token.chmod(0o600)

    answer = smashpass(*command(server, tmp_path / "out", *options, "--json", count=1))
    assert (answer.code, answer.json["spent"]) == (0, None)
    assert server.tokens == ["Bearer sesame"]


def test_a_dry_run_shows_prompts_and_cost_and_asks_nothing(smashpass, server, tmp_path):
    answer = smashpass(*command(server, tmp_path / "out", "--dry-run", "--price", "0.5", count=9))

    assert answer.code == 0
    assert answer.out.count("\n") == generate.SHOWN_PROMPTS + 1
    assert "cost if each succeeds at once: 4.5" in answer.out
    assert server.calls == []
    assert not (tmp_path / "out").exists()


def test_generated_pictures_wait_until_somebody_has_reviewed_them(
    smashpass, server, tmp_path, home
):
    out = tmp_path / "out"
    assert smashpass(*command(server, out)).code == 0
    importing = ("import", out, "--workers", "1", "--json")
    summary = json.loads(smashpass(*importing).out.splitlines()[-1])
    assert (summary["read"], summary["added"], summary["quarantined"]) == (3, 0, 3)
    assert smashpass("search", "tags:asked_for", "--json").json["matched"] == 0

    held = smashpass("quarantine", "list", "--json").json["images"]
    assert {image["reason"] for image in held} == {"its source requires a review"}
    image = held[0]["image"]
    released = smashpass("quarantine", "release", image, "--reason", "looked at it", "--json").json
    assert released["released"] is True

    records = map(json.loads, (out / "provenance.jsonl").read_text().splitlines())
    (record,) = (record for record in records if record["id"] == held[0]["key"])
    (card,) = smashpass("search", "tags:asked_for", "--json").json["images"]
    assert card["image"] == image
    installation = Installation(load({"SMASHPASS_HOME": str(home)}))
    (stored,) = installation.catalogue.images([installation.image_ids.decode(image)])
    assert stored.sha256 == record["sha256"]
    assert stored.credit.generator == f"painter via {record['host']}"
    assert stored.credit.digital_source_type == "trainedAlgorithmicMedia"
    entries = [json.loads(line) for line in smashpass("audit", "export").out.splitlines()]
    assert "quarantine.release" in {entry.get("action") for entry in entries}

    open_services().rules.ensure_active()
    client = create_app(load({"SMASHPASS_HOME": str(home)})).test_client()
    viewer = client.post("/api/v1/viewers", json={"age_band": "18+"}).json
    bearer = {"Authorization": f"Bearer {viewer['token']}"}
    deck = client.get("/api/v1/deck", headers=bearer).json
    assert [card["image"] for card in deck["cards"]] == [image]

    # A second import changes nothing about the decision.
    smashpass(*importing)
    (card,) = smashpass("search", "tags:asked_for", "--json").json["images"]
    assert card["image"] == image
    assert len(smashpass("quarantine", "list", "--json").json["images"]) == 2


def test_killed_at_any_moment_nothing_is_asked_for_twice_or_paid_beyond_the_budget(
    server, tmp_path, home
):
    """Each call may be billed: what the server counts is what the budget has to cover."""
    out = tmp_path / "out"
    count, price, budget = 10, Decimal("0.10"), Decimal("1.30")
    arguments = command(
        server, out, "--price", price, "--budget", budget, "--workers", "3", count=count
    )
    server.delay_s = 0.15
    environment = {"PATH": os.environ["PATH"], "SMASHPASS_HOME": str(home)}
    finished: dict[str, int] = {}
    for calls_before_kill in (2, 6):
        process = subprocess.Popen(
            [sys.executable, "-m", "smashpass", *map(str, arguments)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while len(server.calls) < calls_before_kill and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        for path, written in finished.items():
            assert (out / path).stat().st_mtime_ns == written
        finished |= {
            str(path.relative_to(out)): path.stat().st_mtime_ns for path in out.glob("*/*.png")
        }
    ended = subprocess.run(
        [sys.executable, "-m", "smashpass", *map(str, arguments), "--json"],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    summary = json.loads(ended.stdout)
    # A call that was noted, and killed before it reached the server, counts too.
    assert len(server.calls) * price <= Decimal(str(summary["spent"])) <= budget
    assert summary["done"] + summary["left"] == count
    assert summary["done"] >= count - 6  # at most three calls were lost by each kill, then paid
    for path, written in finished.items():
        assert (out / path).stat().st_mtime_ns == written
    rows = [json.loads(line) for line in (out / "provenance.jsonl").read_text().splitlines()]
    files = sorted(str(path.relative_to(out)) for path in out.glob("*/*.png"))
    assert [row["file_name"] for row in sorted(rows, key=lambda row: row["file_name"])] == files
    for row in rows:
        assert sha256((out / row["file_name"]).read_bytes()).hexdigest() == row["sha256"]


def test_terms_of_the_operator_hold_for_prompts(home):
    settings = load({"SMASHPASS_HOME": str(home), "SMASHPASS_UNDER_AGE_TERMS": "grinning"})
    with pytest.raises(Exception, match="under age"):
        prompt_writer(settings)
