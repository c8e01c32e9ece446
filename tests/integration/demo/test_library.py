"""The demo library that is imported while it is drawn: it is what an import of its files brings."""

from __future__ import annotations

import gc
import io
import random
import sqlite3
from contextlib import closing
from multiprocessing import active_children, get_context
from pathlib import Path

import pytest
from PIL import Image

from smashpass.bootstrap.container import Container, build
from smashpass.cli.importing.report import ImportReport
from smashpass.core.errors import NotPossible
from smashpass.core.pictures.likeness import distance
from smashpass.demo.drawing import Artist
from smashpass.demo.folder import render
from smashpass.demo.pool import Order, make
from smashpass.importing.detect import open_reader
from smashpass.media.decode import decode
from smashpass.media.folder import MediaFolder
from smashpass.media.likeness import signature
from smashpass.services.importing.request import ImportOptions, Summary
from smashpass.settings import load

FOLDER_OF_MEDIA = "media"
TABLES = {
    "image": "ordinal, source_id, key, state, credit_id, line, width, height, tags, attributes,"
    " label, reason, sha256",
    "media": "*",
    "credit": "*",
    "source": "*",
    "tag": "id, name",
}

pytestmark = pytest.mark.usefixtures("artist")


def silence() -> ImportReport:
    return ImportReport(as_json=False, quiet=True, dry_run=False)


def opened(home: Path) -> Container:
    services = build(load({"SMASHPASS_HOME": str(home)}))
    services.prepare()
    return services


def demo(home: Path, count: int, *, side: int = 256, workers: int = 1, rows: int = 0) -> Summary:
    """Draw and import; ``unchanged`` are the pictures that were there and were not drawn."""
    library, importer = opened(home).demo_importer(count, 1, side, workers)
    with closing(library):
        summary = importer.run(
            library, ImportOptions(media="copy"), silence(), workers=1, by="test", batch_rows=rows
        )
    assert summary.unchanged == 0, "drawn, and then left out"
    assert summary.added + summary.refused + library.present == count
    return summary


def content(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the database holds of the library, without times and runs."""
    base = sqlite3.connect(home / "smashpass.db")
    rows = {
        table: sorted(base.execute(f"SELECT {columns} FROM {table}"), key=repr)
        for table, columns in TABLES.items()
    }
    base.close()
    return rows


def files(home: Path) -> dict[str, bytes]:
    paths = (home / FOLDER_OF_MEDIA).rglob("*.webp")
    return {path.name: path.read_bytes() for path in paths}


@pytest.mark.parametrize("side", [256, 512])
def test_the_library_is_the_one_that_an_import_of_its_files_makes(
    recipe_folder: Path, tmp_path: Path, side: int
):
    summary = demo(tmp_path / "drawn", 14, side=side, rows=5)

    out = tmp_path / "out"
    render(Order(recipe_folder, 1, side), out, count=14, workers=1, progress=lambda _done: None)
    opened(tmp_path / "imported").importer.run(
        open_reader(out), ImportOptions(media="copy"), silence(), workers=1, by="test"
    )

    assert (summary.added, summary.refused) == (14, 0)
    assert content(tmp_path / "drawn") == content(tmp_path / "imported")
    drawn, imported = files(tmp_path / "drawn"), files(tmp_path / "imported")
    assert drawn.keys() == imported.keys()
    rendered = {path.read_bytes() for path in out.rglob("*.webp")}
    assert rendered <= set(drawn.values()), "what was drawn is not what is shown"
    for name, data in drawn.items():
        ours, theirs = decode(data), decode(imported[name])
        assert (ours.width, ours.height, ours.mime) == (theirs.width, theirs.height, theirs.mime)
        assert ours.blocks == theirs.blocks, "both state how the picture was made"
    assert not list((tmp_path / "drawn" / FOLDER_OF_MEDIA / "unfinished").iterdir())


def test_a_second_run_draws_nothing_and_a_larger_one_only_what_is_missing(tmp_path: Path):
    home = tmp_path / "home"
    assert demo(home, 6).added == 6
    before, stored = content(home), files(home)

    assert demo(home, 6).added == 0
    assert content(home) == before
    assert demo(home, 9, rows=2).added == 3

    demo(tmp_path / "at once", 9)
    assert content(home) == content(tmp_path / "at once")
    assert stored.items() <= files(home).items()
    assert files(home) == files(tmp_path / "at once")


def test_without_its_journal_nothing_comes_twice(tmp_path: Path):
    home = tmp_path / "home"
    demo(home, 5)
    before = content(home)
    (home / "demo" / "drawn.sqlite3").unlink()

    library, importer = opened(home).demo_importer(5, 1, 256, 1)
    summary = importer.run(library, ImportOptions(media="copy"), silence(), workers=1, by="test")

    assert (summary.added, summary.unchanged) == (0, 5)
    assert content(home) == before


def test_a_damaged_journal_is_told(tmp_path: Path):
    home = tmp_path / "home"
    demo(home, 2)
    (home / "demo" / "drawn.sqlite3").write_bytes(b"no database" * 1_000)

    with pytest.raises(NotPossible, match="cannot keep the journal"):
        demo(home, 3)


def _killed(home: Path, count: int, after_s: float) -> bool:
    """Draw in a process that is killed after some time; return whether it was done before."""
    process = get_context("fork").Process(target=demo, args=(home, count), kwargs={"rows": 4})
    process.start()
    process.join(after_s)
    done = process.exitcode == 0
    process.kill()
    process.join()
    assert process.exitcode in (0, -9)
    return done


def test_killed_at_any_moment_it_goes_on_without_drawing_or_adding_anything_twice(tmp_path: Path):
    home, chance = tmp_path / "home", random.Random(7)
    kills, present = 0, 0
    while not _killed(home, 40, chance.uniform(0.3, 1.2)):
        kills += 1
        assert kills < 100
        if (home / "smashpass.db").exists():
            base = sqlite3.connect(home / "smashpass.db")
            if base.execute("SELECT 1 FROM sqlite_master WHERE name = 'image'").fetchone():
                (now_present,) = base.execute("SELECT count(*) FROM image").fetchone()
                assert now_present >= present
                present = now_present
            base.close()
    assert kills > 2, "nothing was killed, so nothing was tried"

    demo(tmp_path / "at once", 40, rows=4)
    assert content(home) == content(tmp_path / "at once")
    assert files(home) == files(tmp_path / "at once")


def test_what_was_taken_down_does_not_come_back(recipe_folder: Path, tmp_path: Path):
    home = tmp_path / "home"
    media = MediaFolder(home / FOLDER_OF_MEDIA)
    order = Order(recipe_folder, 1, 256, for_store=True)
    by_hash, by_pixels = (make(order, number).ready for number in (1, 2))
    assert by_hash is not None
    assert by_pixels is not None
    media.forbid(by_hash.picture.sha256)
    media.forbid(by_pixels.picture.pixels)

    summary = demo(home, 4)

    assert (summary.added, summary.refused) == (2, 2)
    shown = {row[-1].hex() for row in content(home)["image"]}
    assert shown.isdisjoint({by_hash.picture.sha256, by_pixels.picture.sha256})
    assert {sha256 for sha256, _ in media.files()} == shown


def test_a_disk_that_takes_no_file_ends_the_run_with_one_error_and_loses_nothing(tmp_path: Path):
    home = tmp_path / "home"
    demo(home, 4)
    unfinished = home / FOLDER_OF_MEDIA / "unfinished"
    unfinished.rmdir()
    unfinished.write_bytes(b"")

    with pytest.raises(NotPossible, match="a picture cannot be written"):
        demo(home, 400, workers=2, rows=2)

    assert not active_children(), "a process that draws is left behind"
    gc.collect()  # what is closed only now would complain
    assert len(content(home)["image"]) == 4
    unfinished.unlink()
    assert demo(home, 8).added == 4


def test_a_sheet_of_48_shows_48_different_pictures(recipe_folder: Path, artist: Artist):
    order = Order(recipe_folder, 1, 256)
    looks: list[bytes] = []
    styles = set()
    for number in range(0, 500_000, 500_000 // 48):
        picture = make(order, number)
        styles.add(picture.style)
        with Image.open(io.BytesIO(picture.webp)) as image:
            assert image.size == (256, 256)
            colours = image.convert("RGB").quantize(16).getcolors()
        assert colours is not None
        assert max(count for count, _ in colours) < 0.9 * 256 * 256, f"{number} is nearly blank"
        looks.append(signature(decode(picture.webp)))
    assert len(styles) > len(artist.recipe.styles) / 2
    for place, look in enumerate(looks):
        assert all(distance(look, other) > 1 for other in looks[:place])
