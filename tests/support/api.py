"""The API over a real database: every answer of a test is held against the OpenAPI document."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.clock import Clock, system_clock
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.core.pictures.picture import Picture
from smashpass.settings import load
from smashpass.web.app import create_app
from smashpass.web.http.schema import faults
from tests.support.shared import filled_once

if TYPE_CHECKING:
    from tests.support.doors import Doors

LIVE = 300
HIDDEN, TAKEN_DOWN = LIVE + 1, LIVE + 2
AT = "2026-11-01T12:00:00Z"
_CREDIT = Credit("demo", "CC0-1.0", "algorithmicMedia", real_person=False, depicts="adult")
_OTHER = Credit("Other", "CC-BY-4.0", "digitalArt", False, "creature", author="Ann")


def tags_of(number: int) -> tuple[str, ...]:
    """The tags of image ``number``."""
    tags = ["hair:blonde" if number % 2 else "hair:black", "kind:person"]
    tags += [
        name
        for name, divisor in (("beard", 3), ("glasses", 5), ("smile", 7))
        if not number % divisor
    ]
    if number == 10:
        tags.append("crown")
    return tuple(tags)


def fill(parts: Installation) -> None:
    """Import the library and publish the rules that come with the program."""
    rows = [
        ImageRow(
            key=f"w{number}",
            tags=tags_of(number),
            credit=_CREDIT if number % 4 else _OTHER,
            line=number,
            width=256 + 8 * (number % 9),
            height=512,
            attributes=(("score", number % 13 / 2),) if number % 3 else (),
            picture=None
            if number % 10 == 0
            else Picture(f"{number:064x}", 1_500, 2_000, "image/png", "#aabbcc", 1_000, "/nowhere"),
        )
        for number in range(1, TAKEN_DOWN + 1)
    ]
    run = parts.runs.start("demo", {})
    parts.catalogue.write_rows(run, rows, on_existing="skip", position=len(rows))
    parts.runs.finish(run)
    for number, state in ((HIDDEN, "hidden"), (TAKEN_DOWN, "taken_down")):
        parts.catalogue.set_state(
            ImageSet([number]), state, by="test", origin="test", reason="a test"
        )
    parts.catalogue.create_tags(["ghost"], by="test", origin="test")
    Container(parts).rules.ensure_active()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the library, to be copied."""

    def furnish(home: Path) -> None:
        parts = Installation(load({"SMASHPASS_HOME": str(home)}))
        parts.prepare()
        fill(parts)
        parts.build_snapshot()
        parts.engine.dispose()

    return filled_once(tmp_path_factory, "web", furnish)


@pytest.fixture
def filled() -> Callable[[Installation], None]:
    """Puts the library into an installation."""
    return fill


_addresses = count(1)


@dataclass
class Answer:
    """An answer that is as documented."""

    status: int
    json: Any
    headers: Any

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass
class Api:
    """Asks the API as one viewer or as nobody; fails where an answer is not as documented."""

    app: Flask
    document: Any
    token: str = ""
    viewer: str = ""
    address: str = field(default_factory=lambda: f"10.0.{next(_addresses)}.1")

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Ask; ``body`` is sent as JSON, ``data`` as it is."""
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        client = self.app.test_client(use_cookies=False)
        answer = client.open(
            f"/api/v1{path}",
            method=method,
            headers=headers,
            environ_overrides={"REMOTE_ADDR": self.address},
            **options,
        )
        self.check(method, path, answer)
        return Answer(answer.status_code, answer.json if answer.data else None, answer.headers)

    def get(self, path: str, **parameters: Any) -> Answer:
        return self.ask("GET", path, query_string=parameters)

    def good(self, path: str, **parameters: Any) -> Any:
        answer = self.get(path, **parameters)
        assert answer.status == 200, answer.json
        return answer.json

    def post(self, path: str, body: Any) -> Answer:
        return self.ask("POST", path, body)

    def deck(self, **parameters: Any) -> Any:
        return self.good("/deck", **parameters)

    def swipe(self, *swipes: tuple[str, str, str] | tuple[str, str, str, str]) -> Any:
        """Send (id, image, verdict[, at])."""
        body = [
            {
                "id": swipe[0],
                "image": swipe[1],
                "verdict": swipe[2],
                "at": swipe[3] if swipe[3:] else AT,
            }
            for swipe in swipes
        ]
        answer = self.post("/swipes", {"swipes": body})
        assert answer.status == 200, answer.json
        return answer.json

    def check(self, method: str, path: str, answer: Any) -> None:
        """Hold an answer against the document."""
        status = answer.status_code
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if status >= 400:
            assert kind == "application/problem+json", (method, path, status, answer.data)
            check_problem(answer.json, status)
            if status in (429, 503):
                assert int(answer.headers["Retry-After"]) >= 1
        operation = self._operation(method, path.partition("?")[0])
        if operation is None:
            return
        documented = operation["responses"][str(status)]
        content = documented.get("content")
        if content is None:
            assert answer.data == b""
        else:
            schema = content[kind]["schema"]
            if "$ref" in schema:
                schema = self.document["components"]["schemas"]["Problem"]
            assert list(faults(schema, answer.json)) == [], (method, path)

    def _operation(self, method: str, path: str) -> Any:
        for pattern, operations in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), f"/api/v1{path}"):
                return operations.get(method.lower())
        return None


def check_problem(content: Any, status: int) -> None:
    """A problem document has all that the interface names."""
    assert content["status"] == status
    for name in ("type", "title", "detail", "code"):
        assert isinstance(content[name], str), name
        assert content[name], name
    assert isinstance(content["errors"], list)
    assert all(error["detail"] for error in content["errors"])
    assert "Traceback" not in content["detail"]


@dataclass
class World:
    """An application with its parts."""

    app: Flask
    parts: Installation
    home: Path

    def __post_init__(self) -> None:
        self.document = self.app.test_client().get("/api/v1/openapi.json").json

    @property
    def nobody(self) -> Api:
        return Api(self.app, self.document)

    def new_viewer(self, band: str = "18+") -> Api:
        created = self.nobody.post("/viewers", {"age_band": band})
        assert created.status == 201, created.json
        return Api(self.app, self.document, created.json["token"], created.json["viewer"])

    def image(self, number: int) -> str:
        """The public id of image ``number``."""
        return self.parts.image_ids.encode(Ordinal(number))

    def numbers(self, cards: list[dict[str, Any]]) -> list[int]:
        """The numbers of cards."""
        ordinals = [self.parts.image_ids.decode(card["image"]) for card in cards]
        assert None not in ordinals
        return [int(number or 0) for number in ordinals]

    def look(self) -> None:
        """Follow the library now, as the thread of a server does four times a second."""
        self.app.extensions["keeping_up"].poll()


def opened(home: Path, clock: Clock = system_clock, **settings: str) -> World:
    app = create_app(load({"SMASHPASS_HOME": str(home), **settings}), clock)
    world = World(app, app.extensions["smashpass"].installation, home)
    world.look()
    return world


Open = Callable[..., World]


@pytest.fixture
def open_world(template: Path, tmp_path: Path) -> Iterator[Open]:
    """Opens applications over a copy of the library that may be changed."""
    home = tmp_path / "home"
    shutil.copytree(template, home)
    worlds: list[World] = []

    def made(clock: Clock = system_clock, **settings: str) -> World:
        worlds.append(opened(home, clock, **settings))
        return worlds[-1]

    yield made
    for world in worlds:
        world.parts.engine.dispose()


@pytest.fixture
def world(open_world: Open) -> World:
    """An application whose library may be changed."""
    return open_world()


@pytest.fixture(scope="module")
def shared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An application for tests that leave the library as it is."""
    home = tmp_path_factory.mktemp("shared") / "home"
    shutil.copytree(template, home)
    world = opened(home)
    yield world
    world.parts.engine.dispose()


@pytest.fixture
def viewer(shared: World) -> Api:
    """A new viewer of the shared library."""
    return shared.new_viewer()


@pytest.fixture(scope="session")
def doors_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home to be copied: a library, rules of one file, an admin."""
    from tests.support.doors import FILES, PASSWORD

    def furnish(home: Path) -> None:
        parts = Installation(load({"SMASHPASS_HOME": str(home)}))
        parts.prepare()
        fill(parts)
        parts.publishing.publish(
            parts.load_rules(FILES), by="t", origin="test", reason="t", allow_no_default=True
        )
        parts.accounts.create("admin", "admin", PASSWORD)
        credit = Credit("shop", "", "digitalArt", False, "creature")
        row = ImageRow("held", ("kind:person",), credit, line=1, refusal="licence is missing")
        run = parts.runs.start("shop", {})
        parts.catalogue.write_rows(run, [row], on_existing="skip", position=1)
        parts.runs.finish(run)
        words = VocabularyPlan(aliased=(("specs", "glasses"), ("eye/wear", "glasses")))
        parts.catalogue.edit_vocabulary(words, by="t", origin="test")
        parts.jobs.enqueue("bulk_tags", {"query": "beard", "add": [], "remove": [], "by": "x",
                                         "reason": "r"}, total=3)  # fmt: skip
        parts.build_snapshot()
        parts.engine.dispose()

    return filled_once(tmp_path_factory, "doors", furnish)


@pytest.fixture
def doors(
    doors_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Doors]]:
    """Opens fresh copies of the installation, all alike."""
    # Imported here: that module needs this one.
    from tests.support.doors import Doors

    opened: list[Doors] = []

    def fresh() -> Doors:
        home = tmp_path / f"home{len(opened)}"
        shutil.copytree(doors_home, home)
        monkeypatch.setenv("SMASHPASS_HOME", str(home))
        opened.append(Doors(home))
        return opened[-1]

    monkeypatch.chdir(tmp_path)
    for name in ("SMASHPASS_CONFIG", "SMASHPASS_DATABASE_URL", "SMASHPASS_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    yield fresh
    for door in opened:
        door.close()
