"""A small model, trained once, and its server."""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from smashpass.scorer.evaluation.evaluate import evaluate
from smashpass.scorer.export import export
from smashpass.scorer.training import TrainingOptions, train
from smashpass.services.scoring.ports import Item
from tests.support.paths import ROOT
from tests.support.servers import free_port, until
from tests.support.training_sets import write_training_set

IMAGES = 200


def _train(folder: Path) -> Path:
    train(folder, TrainingOptions(epochs=4, size=32, width=8, device="cpu"))
    return folder


def _shuffle(path: Path) -> None:
    """Give each image the swipes of another one, so that there is nothing to learn."""
    heading, *lines = path.read_text().splitlines()
    images = [json.loads(line) for line in lines]
    order = random.Random(3).sample(images, len(images))
    swapped = [
        image | {"smashes": other["smashes"], "passes": other["passes"]}
        for image, other in zip(images, order, strict=True)
    ]
    path.write_text("\n".join([heading, *map(json.dumps, swapped)]) + "\n")


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    write_training_set(folder, IMAGES)
    return _train(folder)


@pytest.fixture(scope="session")
def shuffled_once(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shuffled")
    _shuffle(write_training_set(folder, IMAGES))
    return _train(folder)


@pytest.fixture
def trained(trained_once, tmp_path) -> Path:
    """A model folder of this test's own; it is not evaluated."""
    return Path(shutil.copytree(trained_once, tmp_path / "trained"))


@pytest.fixture(scope="session")
def exported(trained_once, tmp_path_factory) -> Path:
    """A model folder that is evaluated and exported, passed or not."""
    folder = Path(shutil.copytree(trained_once, tmp_path_factory.mktemp("model") / "exported"))
    evaluate(folder)
    # Two hundred images are too few to pass the gate for sure.
    export(folder, force=True, clock=lambda: 1_800_000_000_000_000)
    return folder


class ScorerProcess:
    """``scorer serve`` in a process of its own."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder, self._log = folder, log
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "smashpass.scorer", "serve", str(self._folder)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until("the scorer is ready", self._ready, 60)

    def _ready(self) -> bool:
        assert self.process.poll() is None, self.log()
        with suppress(OSError):
            return self.ask("GET", "/v2/models/smashpass/ready")[0] == 200
        return False

    def end(self, signal_number: int = signal.SIGINT) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(20)

    def log(self) -> str:
        return self._log.read_text()

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Ask over a connection of its own; return the status and the document."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with closing(connection):
            connection.request(
                method,
                path,
                body,
                {name.replace("_", "-"): value for name, value in headers.items()},
            )
            answer = connection.getresponse()
            text = answer.read()
        return answer.status, json.loads(text) if text else None

    def infer(self, **request: Any) -> tuple[int, Any]:
        path = "/v2/models/smashpass/infer"
        return self.ask("POST", path, json.dumps(request).encode(), Content_Type="application/json")


@pytest.fixture(scope="module")
def scorer_process(exported, tmp_path_factory) -> Iterator[ScorerProcess]:
    process = ScorerProcess(exported, tmp_path_factory.mktemp("serve") / "log")
    yield process
    process.process.kill()
    process.process.wait()


@pytest.fixture(scope="session")
def files(trained_once) -> list[bytes]:
    """The picture files of all images."""
    return [path.read_bytes() for path in sorted(trained_once.glob("*.png"))]


@pytest.fixture
def items() -> Callable[..., list[Item]]:
    def make(*pictures: bytes) -> list[Item]:
        return [
            Item(f"image-{number}", f"{number:064x}", "image/png", (), lambda data=data: data)
            for number, data in enumerate(pictures)
        ]

    return make
