"""What a running server answers after an import beside it is what a fresh one answers."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smashpass.bootstrap.container import Container

COLUMNS = ("id", "tags", "width", "height", "score", "source", "licence",
           "digital_source_type", "real_person", "depicts")  # fmt: skip
CREDIT = ("shop", "CC0-1.0", "algorithmicMedia", "false", "adult")
SCORES = ("7", "0.5", "-0.0", "", "1e3", "12345678901")
NEW = range(303, 303 + len(SCORES))
"""The numbers that the imported images get, after those of the library."""


def import_beside(home: Path, folder: Path, width: int = 640, existing: str = "skip") -> None:
    """Import a table in a process of its own, as an operator does while the server runs."""
    table = folder / "more.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, score in enumerate(SCORES):
            tags = "crown glasses" if number % 2 else "crown"
            writer.writerow((f"n{number}", tags, width + number, 480, score, *CREDIT))
    process = subprocess.run(
        [sys.executable, "-m", "smashpass", "import", str(table), "--media", "none",
         "--on-existing", existing],
        env={**os.environ, "SMASHPASS_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr


def answers(world: Any, viewer: Any) -> dict[str, Any]:
    """What a viewer is answered about the library and about themselves."""
    images = [world.image(number) for number in (1, 10, *NEW)]
    by_question: dict[str, Any] = {
        f"/images/{image}": viewer.good(f"/images/{image}") for image in images
    }
    for order in ("new", "-new", "random", "tagcount", "attr:score", "-attr:width"):
        by_question[f"search {order}"] = viewer.good("/search", q="crown", order=order)
        by_question[f"deck {order}"] = viewer.deck(q="crown", order=order, explain=1)
    for query in ("width:>=640", "score:0..7", "score:0", "tagcount:<3"):
        by_question[query] = viewer.good("/search", q=query, limit=100)
    for path in ("/me", "/me/swipes", "/me/export", "/tags", "/tags/related", "/tags/counts"):
        by_question[path] = viewer.good(path)
    by_question["decision"] = viewer.post("/decisions", {"image": images[-1], "explain": True}).json
    return by_question


def test_a_running_server_answers_like_a_fresh_one(
    open_world: Callable[..., Any], tmp_path: Path
) -> None:
    running = open_world()
    viewer = running.new_viewer()
    import_beside(running.home, tmp_path)
    running.look()
    import_beside(running.home, tmp_path, width=800, existing="overwrite")
    running.look()
    viewer.swipe(*((f"s{number}", running.image(number), "smash") for number in NEW))
    running.parts.catalogue.set_attribute(
        "score", {1: 3, NEW[1]: 4}, by="ann", origin="test", reason="a test"
    )
    Container(running.parts).maintenance.count_swipes("test")
    running.look()
    before = answers(running, viewer)
    assert before[f"/images/{running.image(NEW[0])}"]["attributes"]["image.score"] == 7
    assert before[f"/images/{running.image(NEW[0])}"]["attributes"]["image.width"] == 800
    assert len(before["/me/swipes"]["swipes"]) == len(SCORES)

    running.parts.build_snapshot()
    fresh = open_world()
    assert fresh.parts.library.index.version == running.parts.library.index.version
    other = fresh.nobody
    other.token = viewer.token
    after = answers(fresh, other)
    for path, content in before.items():
        assert after[path] == content, path
    index, built = running.parts.library.index, fresh.parts.library.index
    for ordinal in index.live:
        numbers = index.numbers(ordinal)
        assert numbers == built.numbers(ordinal)
        assert {type(value) for value in numbers.values()} == {float}
