"""``smashpass scores``, with a model server in another process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.pictures.picture import Picture
from smashpass.settings import load
from tests.support.command_line import Answer

COUNT = 200
BATCH, AT_ONCE = 32, 4
CREDIT = Credit("demo", "CC0-1.0", "algorithmicMedia", real_person=False, depicts="adult")
SECONDS = 60


def content(number: int) -> bytes:
    return f"picture {number}".encode()


def score(number: int) -> float:
    """What the model says."""
    return sum(content(number)) % 1_000 / 1_000


def digest(number: int) -> str:
    return sha256(content(number)).hexdigest()


def add_pictures(parts: Installation, numbers: Sequence[int], contents=content) -> None:
    rows = []
    for number in numbers:
        data = contents(number)
        name = sha256(data).hexdigest()
        parts.media.write(name, "large", data)
        picture = Picture(name, 64, 64, "image/png", "#000000", len(data))
        rows.append(ImageRow(f"p{number}", ("hat",), CREDIT, number, 64, 64, picture=picture))
    number_of_run = parts.runs.start("demo", {})
    parts.catalogue.write_rows(number_of_run, rows, on_existing="skip", position=len(rows))
    parts.runs.finish(number_of_run)


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a library of 200 pictures, to be copied."""
    home = tmp_path_factory.mktemp("filling") / "home"
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    parts.prepare()
    add_pictures(parts, range(1, COUNT + 1))
    parts.engine.dispose()
    return home


class CommandLine:
    """Types ``smashpass scores …`` with one model."""

    def __init__(self, home: Path, url: str, model: str, capsys: pytest.CaptureFixture) -> None:
        self.home = home
        self.environment = {
            "SMASHPASS_HOME": str(home),
            "SMASHPASS_SCORER_URL": url,
            "SMASHPASS_SCORER_MODEL": model,
        }
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Answer:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            self._capsys.readouterr()
            code = run(list(arguments))
        captured = self._capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    def start(self, *arguments: str) -> subprocess.Popen:
        """Begin a command in a process of its own."""
        typed = "import sys; from smashpass.cli.main import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", typed, *arguments],
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def parts(self) -> Installation:
        return Installation(load(self.environment))

    def kept(self) -> dict[str, dict]:
        """What is kept of each picture."""
        parts = self.parts()
        pictures = [digest(number) for number in range(1, COUNT + 1)]
        kept = {name: dict(v) for name, (_, v) in parts.scores.get("oip", pictures).items()}
        parts.engine.dispose()
        return kept


TRUTH = {
    digest(number): {"plugin.aesthetic": score(number), "plugin.sharp": 0.5}
    for number in range(1, COUNT + 1)
}


def times(model_server, model: str) -> Counter[str]:
    """How often the model was asked about each picture."""
    return Counter(name for request in model_server.asked(model) for name in request["pictures"])


@pytest.fixture
def smashpass(filled_home: Path, tmp_path: Path, model_server, request, capsys) -> CommandLine:
    home = tmp_path / "home"
    shutil.copytree(filled_home, home)
    model = f"{getattr(request, 'param', 'model')}-{request.node.name[:60]}"
    return CommandLine(home, model_server.url, model.replace("[", "-").replace("]", ""), capsys)


def model_of(line: CommandLine) -> str:
    return line.environment["SMASHPASS_SCORER_MODEL"]


def test_all_pictures_are_scored_exactly_and_a_second_run_asks_about_one(
    smashpass: CommandLine, model_server
) -> None:
    model = model_of(smashpass)
    answer = smashpass("scores", "fill", "--json")
    assert answer.code == 0, answer
    (scorer,) = answer.json["scorers"]
    assert scorer == {
        "scorer": "oip",
        "model": model,
        "version": "7",
        "preprocessing": "webp-large-1",
        "asked": COUNT,
        "scored": COUNT,
        "without_value": 0,
        "failed": 0,
        "left": 0,
        "serving": True,
        "error": "",
    }
    assert smashpass.kept() == TRUTH
    assert set(times(model_server, model).values()) == {1}
    assert set(times(model_server, model)) == set(TRUTH)
    second = smashpass("scores", "fill")
    assert second.code == 0
    assert "in use" in second.out
    assert second.err == ""  # no terminal, no progress
    assert sum(times(model_server, model).values()) == COUNT + 1

    status = smashpass("scores", "status", "--json").json
    (version,) = status["versions"]
    assert (version["pictures"], version["left"], version["coverage"]) == (COUNT, 0, 100.0)
    assert version["serving"] is True
    assert status["images"] == COUNT
    assert status["generation"] == status["file_generation"] > 0
    assert "100.0 %" in smashpass("scores", "status").out


def test_commands_find_images_by_their_scores(smashpass: CommandLine) -> None:
    assert smashpass("scores", "fill").code == 0
    high = sum(score(number) > 0.9 for number in range(1, COUNT + 1))
    assert 0 < high < COUNT
    answer = smashpass("search", "plugin.aesthetic:>0.9", "--count")
    assert answer.out.strip() == str(high)
    statistics = smashpass("index", "stats", "--json").json
    assert {"plugin.aesthetic", "plugin.sharp"} <= set(statistics["attributes"])


def test_a_limit_leaves_the_rest_for_the_next_run(smashpass: CommandLine, model_server) -> None:
    answer = smashpass("scores", "fill", "--limit", "50", "--json")
    assert answer.code == 3
    (scorer,) = answer.json["scorers"]
    assert (scorer["asked"], scorer["left"]) == (50, COUNT - 50)
    status = smashpass("scores", "status", "--json").json
    assert status["versions"][0]["coverage"] == 25.0
    assert status["file_generation"] == status["generation"]
    assert smashpass("scores", "fill").code == 0
    assert set(times(model_server, model_of(smashpass)).values()) == {1}
    assert smashpass.kept() == TRUTH


def test_a_server_that_is_down_is_one_line(smashpass: CommandLine, closed_port: int) -> None:
    smashpass.environment["SMASHPASS_SCORER_URL"] = f"http://127.0.0.1:{closed_port}"
    failure = smashpass("scores", "fill").failure
    assert "does not answer: unreachable" in failure
    answer = smashpass("scores", "fill", "--json")
    assert answer.code == 1
    assert answer.json["scorers"][0]["error"] == "it does not answer: unreachable"


def test_what_cannot_be_filled_is_one_line(smashpass: CommandLine) -> None:
    assert (
        "no scorer has the model 'other'" in smashpass("scores", "fill", "--model", "other").failure
    )
    assert smashpass("scores", "fill", "--model", model_of(smashpass), "--limit", "1").code == 3
    del smashpass.environment["SMASHPASS_SCORER_URL"]
    assert "no scorer is configured" in smashpass("scores", "fill").failure
    assert smashpass("scores", "status").code == 0
    assert smashpass("scores", "fill", "--limit", "0").code == 2
    assert smashpass("scores", "fill", "--rate", "0").code == 2


def test_a_picture_that_the_model_cannot_read_costs_itself_alone(
    smashpass: CommandLine, model_server
) -> None:
    parts = smashpass.parts()
    add_pictures(parts, [COUNT + 1], lambda _number: b"poison")
    parts.engine.dispose()
    answer = smashpass("scores", "fill", "--json")
    (scorer,) = answer.json["scorers"]
    assert (answer.code, scorer["failed"], scorer["left"]) == (3, 1, 1)
    assert smashpass.kept() == TRUTH


@pytest.mark.parametrize("smashpass", ["unhurried"], indirect=True)
@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_who_is_stopped_goes_on_where_it_was(
    smashpass: CommandLine, model_server, kind: signal.Signals
) -> None:
    model = model_of(smashpass)
    with smashpass.start("scores", "fill", "--rate", "40") as process:
        until = time.monotonic() + SECONDS
        while len(model_server.asked(model)) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        locked = smashpass("scores", "fill")
        assert locked.code == 75
        assert "already" in locked.err
        process.send_signal(kind)
        process.wait(SECONDS)
        expected = -signal.SIGKILL if kind == signal.SIGKILL else 130
        assert process.returncode == expected, process.stderr
    asked_before = times(model_server, model)
    kept_before = smashpass.kept()
    assert len(asked_before) < COUNT
    assert set(kept_before) <= set(asked_before)
    if kind != signal.SIGKILL:
        assert set(kept_before) == set(asked_before)
    assert smashpass("scores", "fill").code == 0
    assert smashpass.kept() == TRUTH
    twice = [name for name, count in times(model_server, model).items() if count > 1]
    assert set(twice) == set(asked_before) - set(kept_before)
    assert len(twice) <= BATCH * AT_ONCE


def test_a_new_model_version_fills_beside_and_takes_over_at_the_end(
    smashpass: CommandLine, model_server
) -> None:
    model = model_of(smashpass)
    assert smashpass("scores", "fill").code == 0
    model_server.get(f"/version/{model}/8")
    assert smashpass("scores", "fill", "--limit", "100").code == 3

    def versions() -> list[tuple[str, int, bool]]:
        status = smashpass("scores", "status", "--json").json
        assert status["file_generation"] == status["generation"]
        return [(v["version"], v["pictures"], v["serving"]) for v in status["versions"]]

    assert versions() == [("7", COUNT, True), ("8", 100, False)]
    assert smashpass("scores", "fill").code == 0
    assert versions() == [("7", COUNT, False), ("8", COUNT, True)]
    parts = smashpass.parts()
    column = parts.library.index.scores["plugin.aesthetic"]
    assert (column.source.version, len(column.present)) == ("8", COUNT)
    parts.engine.dispose()


def test_a_damaged_file_of_columns_is_made_anew(smashpass: CommandLine) -> None:
    assert smashpass("scores", "fill").code == 0
    (path,) = (smashpass.home / "snapshots").glob("scores-*")
    path.write_bytes(json.dumps("no snapshot").encode())
    assert smashpass("search", "hat", "--count").code == 0
    assert smashpass("scores", "fill").code == 0
    assert smashpass("search", "plugin.sharp:>0.4", "--count").out.strip() == str(COUNT)
