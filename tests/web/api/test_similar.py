"""More like this, over HTTP: by embeddings, or by tags where there are none."""

from __future__ import annotations

from math import cos, sin

import pytest

from smashpass.core.library.embedding import packed_embedding
from smashpass.core.library.model_version import ModelVersion
from tests.support.api import HIDDEN, LIVE, TAKEN_DOWN, Open, World

SOURCE = ModelVersion("onnx", "taste", "abc123", "webp")
PICTURED = [number for number in range(1, TAKEN_DOWN + 1) if number % 10]


def embed(world: World, source: ModelVersion = SOURCE, turn: float = 0.01) -> None:
    """Keep embeddings in which images with near numbers are alike; every tenth has none."""
    vectors = {
        f"{number:064x}": packed_embedding([cos(number * turn), sin(number * turn)])
        for number in PICTURED
    }
    world.parts.scores.put(source, {sha256: {"plugin.x": 0.5} for sha256 in vectors}, vectors)
    world.parts.scores.serve(source)
    world.parts.column_file.save()


@pytest.fixture
def embedded(world: World) -> World:
    embed(world)
    return world


def test_the_nearest_by_embeddings_and_which_model_gave_them(embedded: World) -> None:
    viewer = embedded.new_viewer()
    answer = viewer.good(f"/images/{embedded.image(55)}/similar", n=4)
    assert answer["image"] == embedded.image(55)
    assert answer["engine"] == "embedding"
    assert answer["model"] == {"name": "onnx", "model": "taste", "version": "abc123"}
    assert set(embedded.numbers(answer["images"])) == {53, 54, 56, 57}
    similarities = [card["similarity"] for card in answer["images"]]
    assert similarities == sorted(similarities, reverse=True)
    assert 0.99 < similarities[-1] <= similarities[0] <= 1.0
    assert len(viewer.good(f"/images/{embedded.image(55)}/similar")["images"]) == 12


def test_what_viewers_may_not_see_is_not_among_them(embedded: World) -> None:
    viewer = embedded.new_viewer()
    answer = viewer.good(f"/images/{embedded.image(LIVE - 1)}/similar", n=100)
    numbers = embedded.numbers(answer["images"])
    assert len(numbers) == 100
    assert not {HIDDEN, TAKEN_DOWN, LIVE - 1} & set(numbers)


def test_an_image_without_an_embedding_is_compared_by_tags(embedded: World) -> None:
    viewer = embedded.new_viewer()
    answer = viewer.good(f"/images/{embedded.image(210)}/similar", n=3)
    assert answer["engine"] == "tags"
    assert "model" not in answer
    # 210 is divisible by 2, 3, 5 and 7, and the only such image.
    assert embedded.numbers(answer["images"])[0] % 2 == 0
    assert all(0 < card["similarity"] < 1 for card in answer["images"])


def test_without_any_model_tags_are_compared(world: World) -> None:
    viewer = world.new_viewer()
    answer = viewer.good(f"/images/{world.image(42)}/similar", n=5)
    assert answer["engine"] == "tags"
    numbers = world.numbers(answer["images"])
    same = {number for number in range(1, LIVE + 1) if not number % 42 and number % 5}
    assert numbers == sorted(same - {42}, reverse=True)[:5]
    assert {card["similarity"] for card in answer["images"]} == {1.0}


@pytest.mark.parametrize(("image", "status"), [("nonsense", 404), (HIDDEN, 404), (TAKEN_DOWN, 410)])
def test_of_images_that_are_not_shown_nothing_is_alike(
    shared: World, image: str | int, status: int
) -> None:
    name = image if isinstance(image, str) else shared.image(image)
    assert shared.new_viewer().get(f"/images/{name}/similar").status == status


def test_a_credential_and_a_number_within_limits_are_needed(shared: World) -> None:
    path = f"/images/{shared.image(1)}/similar"
    assert shared.nobody.get(path).status == 401
    for n in (0, 101, "many"):
        assert shared.new_viewer().get(path, n=n).status == 400


@pytest.mark.parametrize("direction", ["", "-"])
def test_a_deck_goes_through_all_images_by_likeness(embedded: World, direction: str) -> None:
    viewer = embedded.new_viewer()
    order, dealt = f"{direction}like:{embedded.image(155)}", []
    for count in range(3):
        deck = viewer.deck(q="beard", order=order, n=30)
        assert deck["deck"]["order"] == order
        assert deck["deck"]["like"]["model"]["version"] == "abc123"
        dealt += embedded.numbers(deck["cards"])
        swipes = [(f"{count}-{place}", card["image"], "pass")
                  for place, card in enumerate(deck["cards"])]  # fmt: skip
        viewer.swipe(*swipes)
    bearded = [number for number in range(1, LIVE + 1) if number % 3 == 0]
    sign = -1 if direction else 1
    with_vector = sorted(
        (number for number in bearded if number % 10),
        key=lambda number: (sign * abs(number - 155), -sign * number),
    )
    without = [number for number in bearded if number % 10 == 0][::-sign]
    assert [abs(number - 155) for number in dealt[: len(with_vector)]] == [
        abs(number - 155) for number in with_vector[: len(dealt)]
    ]
    assert dealt[len(with_vector) :] == without[: len(dealt) - len(with_vector)]


@pytest.mark.parametrize("by", ["embeddings", "tags"])
@pytest.mark.parametrize("direction", ["", "-"])
def test_a_search_by_likeness_is_paged_without_gaps(
    open_world: Open, by: str, direction: str
) -> None:
    world = open_world()
    if by == "embeddings":
        embed(world)
    viewer, numbers, after = world.new_viewer(), [], {}
    order = f"{direction}like:{world.image(21)}"
    whole = viewer.deck(q="glasses", order=order, n=100)
    while True:
        answer = viewer.good("/search", q="glasses", order=order, limit=17, **after)
        numbers += world.numbers(answer["images"])
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert numbers == world.numbers(whole["cards"])
    assert sorted(numbers) == list(range(5, LIVE + 1, 5))


@pytest.mark.parametrize("name", ["nonsense", "", HIDDEN, TAKEN_DOWN])
def test_an_order_by_no_image_is_refused(shared: World, name: str | int) -> None:
    image = name if isinstance(name, str) else shared.image(name)
    for path in ("/deck", "/search"):
        answer = shared.new_viewer().get(path, order=f"like:{image}")
        assert answer.status == 400
        assert "like:" in answer.json["detail"]


def test_a_new_version_and_a_damaged_file_are_followed(embedded: World) -> None:
    viewer = embedded.new_viewer()
    path = f"/images/{embedded.image(55)}/similar"
    assert viewer.good(path)["model"]["version"] == "abc123"
    embed(embedded, ModelVersion("onnx", "taste", "def456", "webp"), turn=0.02)
    assert viewer.good(path)["model"]["version"] == "def456"
    newest = max((embedded.home / "snapshots").glob("embeddings-*.snapshot"))
    content = bytearray(newest.read_bytes())
    content[-40] ^= 1
    newest.unlink()
    newest.write_bytes(content)
    assert viewer.good(path)["engine"] == "tags"
    assert not embedded.parts.column_file.is_sound()
    embedded.parts.column_file.save()
    assert viewer.good(path)["engine"] == "embedding"
