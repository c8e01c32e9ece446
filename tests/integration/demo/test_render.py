"""A rendered folder: the same bytes for the same seed, no picture twice, and all of it imported."""

from __future__ import annotations

import io
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from smashpass.core.errors import NotPossible
from smashpass.core.library.credit import ImageRow
from smashpass.core.pictures.marks import marks_of
from smashpass.core.pictures.metadata import blocks_of
from smashpass.demo.drawing import Artist
from smashpass.demo.folder import METADATA, render
from smashpass.demo.pool import Order, make
from smashpass.importing.detect import detect, open_reader
from smashpass.services.importing.gate import Gate
from smashpass.services.importing.rows.credits import Statements

Rendered = tuple[Path, list[dict[str, object]]]


def nothing(_done: int) -> None:
    return None


@pytest.mark.usefixtures("artist")
def test_another_process_draws_the_same_bytes(recipe_folder: Path, rendered: Rendered):
    out, rows = rendered
    for row in rows[::4]:
        number = int(str(row["id"]).rpartition("-")[2])
        drawn = make(Order(recipe_folder, 1), number)
        assert (out / str(row["file_name"])).read_bytes() == drawn.webp
        assert row["tags"] == list(drawn.tags)
        assert row["label"] == drawn.label


def test_another_seed_draws_other_pictures(artist: Artist):
    first = {artist.draw(1, number).digest for number in range(15)}
    second = {artist.draw(2, number).digest for number in range(15)}

    assert len(first) == len(second) == 15
    assert first.isdisjoint(second)


def test_no_two_pictures_are_the_same(rendered: Rendered):
    out, rows = rendered
    hashes = {sha256((out / str(row["file_name"])).read_bytes()).hexdigest() for row in rows}

    assert len(rows) == len(hashes) == len({row["id"] for row in rows})
    assert len(list(out.rglob("*.webp"))) == len(rows)


def test_hardly_two_of_hundreds_share_their_tags(artist: Artist):
    tag_sets = {frozenset(artist.draw(1, number).tags) for number in range(500)}

    assert len(tag_sets) > 480


def test_pictures_are_small_square_webp_files_that_state_how_they_were_made(rendered: Rendered):
    out, rows = rendered
    for row in rows:
        data = (out / str(row["file_name"])).read_bytes()
        assert len(data) < 60_000
        with Image.open(io.BytesIO(data)) as image:
            assert (image.format, image.size, image.mode) == ("WEBP", (512, 512), "RGB")
            assert (row["width"], row["height"]) == image.size
            assert not image.getexif()
        assert data.count(b"digitalsourcetype/") == 1
        assert marks_of(blocks_of(data)).digital_source_type == row["digital_source_type"]


def test_the_gate_takes_every_row(rendered: Rendered):
    out, rows = rendered
    assert detect(out).format == "imagefolder"
    gate = Gate(Statements())

    judged = [gate.judge(record) for record in open_reader(out).records()]

    assert len(judged) == len(rows)
    for row, written in zip(judged, rows, strict=True):
        assert isinstance(row, ImageRow), row
        assert row.tags == tuple(written["tags"])  # type: ignore[arg-type]
        assert row.credit.licence in {"CC0-1.0", "CC-BY-4.0"}
        assert row.credit.author
        assert row.credit.generator.startswith("DiceBear ")
        assert row.label
        assert not row.attributes
    assert gate.warnings.texts(0, None) == []


@pytest.fixture
def few(recipe_folder: Path, tmp_path: Path) -> Path:
    """A recipe for 18 pictures, so that the same one is soon drawn again."""
    folder = tmp_path / "few"
    folder.mkdir()
    shutil.copy(recipe_folder / "recipe.toml", folder)
    text = (recipe_folder / "pixelbot.toml").read_text(encoding="utf-8")
    text = text.replace('palette = "night"\n', 'palette = "night"\nonly = ["navy"]\n')
    text = text.replace('palette = "glow"\n', 'palette = "glow"\nonly = ["blue"]\n')
    for many, single in (
        ("round blocks tall slim", "round"),
        ("soft wide", "soft"),
        ("smile bigSmile", "smile"),
        ("flat tiny", "flat"),
    ):
        assert many in text
        text = text.replace(many, single)
    (folder / "pixelbot.toml").write_text(text, encoding="utf-8")
    return folder


def test_fewer_pictures_are_the_beginning_of_more_even_if_some_are_drawn_again(
    few: Path, tmp_path: Path
):
    for name, count, workers in (("less", 6, 1), ("more", 13, 2)):
        result = render(
            Order(few, 3), tmp_path / name, count=count, workers=workers, progress=nothing
        )
        assert result.pictures == count
        assert result.styles == 1

    less = (tmp_path / "less" / METADATA).read_text(encoding="utf-8")
    assert (tmp_path / "more" / METADATA).read_text(encoding="utf-8").startswith(less)
    pictures = [path.read_bytes() for path in sorted((tmp_path / "more").rglob("*.webp"))]
    assert len(set(pictures)) == 13
    first = [make(Order(few, 3), number).webp for number in range(13)]
    assert len(set(first)) < 13, "nothing was drawn again, so nothing was tried"
    assert [path.read_bytes() for path in sorted((tmp_path / "less").rglob("*.webp"))] == pictures[
        :6
    ]


def test_more_pictures_than_there_can_be_are_refused(few: Path, tmp_path: Path):
    with pytest.raises(NotPossible, match="looks like one before it"):
        render(Order(few, 3), tmp_path / "out", count=19, workers=1, progress=nothing)
    assert not (tmp_path / "out" / METADATA).exists()


def test_a_folder_that_holds_something_else_is_left_alone(few: Path, tmp_path: Path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "holiday.jpg").write_bytes(b"mine")

    with pytest.raises(NotPossible, match=r"holds 'holiday\.jpg'"):
        render(Order(few, 3), out, count=1, workers=1, progress=nothing)

    assert [path.name for path in out.iterdir()] == ["holiday.jpg"]


def test_a_folder_of_an_earlier_rendering_is_written_over(few: Path, tmp_path: Path):
    out = tmp_path / "out"
    for count in (3, 2):
        render(Order(few, 3), out, count=count, workers=1, progress=nothing)

    assert len((out / METADATA).read_text(encoding="utf-8").splitlines()) == 2


def test_a_place_that_cannot_be_written_is_told(few: Path, tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(NotPossible, match="cannot write the pictures"):
        render(Order(few, 3), tmp_path / "file" / "out", count=1, workers=1, progress=nothing)
