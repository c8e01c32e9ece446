"""Decks: what is dealt, in which order, and what a deck says of itself."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import ImageSet
from smashpass.settings import load
from smashpass.web.app import create_app

LIVE = 300
AT = "2026-11-01T12:00:00Z"


def test_a_deck_says_what_it_was_made_of(shared: Any, viewer: Any) -> None:
    answer = viewer.deck()
    active = shared.nobody.good("/rules")
    default = next(tree["id"] for tree in active["trees"] if "default" in tree["labels"])
    assert answer["deck"] == {
        "query": "", "order": "random", "state": "ok", "matched": LIVE, "unseen": LIVE,
    }  # fmt: skip
    assert answer["library"]["images"] == LIVE
    assert answer["rules"] == {"tree": default, "revision": active["revision"]}
    assert len(answer["cards"]) == 20
    for card in answer["cards"]:
        assert set(card) == {"image", "media", "tags", "credit", "decision"}
        credit_fields = {"source", "licence", "author", "digital_source_type"}
        assert set(card["credit"]) == credit_fields | {"made", "ai"}
        decision = card["decision"]
        assert decision["tree"] == default
        assert decision["revision"] == active["revision"]
        assert "path" not in decision
        assert "flip" not in decision


def test_pictures_have_addresses_and_rows_without_one_have_none(shared: Any, viewer: Any) -> None:
    cards = viewer.deck(n=100)["cards"]
    for number, card in zip(shared.numbers(cards), cards, strict=True):
        if number % 10 == 0:
            assert card["media"] is None
        else:
            assert card["media"]["large"] == f"/media/{number:064x}-large.webp"
            assert card["media"]["placeholder"] == "#aabbcc"
            assert (card["media"]["width"], card["media"]["height"]) == (768, 1024)


def test_a_viewer_meets_every_image_once_and_then_none(shared: Any, viewer: Any) -> None:
    met: list[int] = []
    while True:
        answer = viewer.deck(n=20)
        assert answer["deck"]["unseen"] == LIVE - len(met)
        if answer["deck"]["state"] != "ok":
            break
        cards = answer["cards"]
        met += shared.numbers(cards)
        batch = [(f"s{card['image']}", card["image"], "pass") for card in cards]
        assert viewer.swipe(*batch) == {"accepted": len(cards), "duplicates": 0, "rejected": []}
        assert len(met) <= LIVE
    assert sorted(met) == list(range(1, LIVE + 1))
    assert answer["deck"]["state"] == "exhausted"
    assert answer["deck"]["matched"] == LIVE
    assert answer["cards"] == []
    assert viewer.ask("DELETE", f"/swipes/s{shared.image(17)}").status == 204
    assert shared.numbers(viewer.deck()["cards"]) == [17]


def test_a_deck_does_not_change_until_something_is_swiped(viewer: Any) -> None:
    assert viewer.deck(n=50) == viewer.deck(n=50)


def test_the_random_order_depends_on_seed_and_image_alone(shared: Any, viewer: Any) -> None:
    other = shared.new_viewer()
    order = shared.numbers(viewer.deck(seed=7, n=100)["cards"])
    assert shared.numbers(other.deck(seed=7, n=100)["cards"]) == order
    swiped = order[3:40:2]
    viewer.swipe(*((f"a{n}", shared.image(n), "smash") for n in swiped))
    rest = [number for number in order if number not in swiped]
    assert shared.numbers(viewer.deck(seed=7, n=100)["cards"])[: len(rest)] == rest
    few = shared.numbers(viewer.deck(seed=7, q="glasses", n=100)["cards"])
    assert few[:5] == [number for number in rest if number % 5 == 0][:5]
    assert shared.numbers(viewer.deck(seed=8, n=100)["cards"]) != order[:100]
    assert shared.numbers(other.deck(n=100)["cards"]) != order


def test_seeds_may_be_any_whole_number_of_64_bits(viewer: Any) -> None:
    orders = {
        tuple(card["image"] for card in viewer.deck(seed=seed, n=5)["cards"])
        for seed in (0, 1, -1, 2**63 - 1, -(2**63))
    }
    assert len(orders) == 5


def _expected(order: str) -> list[int]:
    numbers = list(range(1, LIVE + 1))
    backwards = order.startswith("-")
    match order.removeprefix("-"):
        case "new" | "popular":
            return numbers if backwards else numbers[::-1]
        case "tagcount":
            values = {
                n: 2 + sum(n % divisor == 0 for divisor in (3, 5, 7)) + (n == 10) for n in numbers
            }
        case "attr:width" | "attr:image.width":
            values = {n: 256 + 8 * (n % 9) for n in numbers}
        case "attr:score":
            values = {n: n % 13 / 2 for n in numbers if n % 3}
    ranked = sorted(values, key=lambda n: (values[n], n), reverse=not backwards)
    without = [n for n in numbers if n not in values]
    return ranked + (without if backwards else without[::-1])


ORDERS = ["new", "tagcount", "attr:width", "attr:score", "attr:image.width", "popular"]


@pytest.mark.parametrize("order", [*ORDERS, *(f"-{order}" for order in ORDERS)])
def test_every_order_is_exact(shared: Any, viewer: Any, order: str) -> None:
    answer = viewer.deck(order=order, n=100)
    assert answer["deck"]["order"] == order
    assert shared.numbers(answer["cards"]) == _expected(order)[:100]


@pytest.mark.parametrize("order", [*ORDERS, "-new", "-attr:score", "random"])
@pytest.mark.parametrize("limit", [100, 37])
def test_pages_of_a_search_are_exact_and_end(
    shared: Any, viewer: Any, order: str, limit: int
) -> None:
    pages_together: list[int] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        after = {"after": page["next"]} if page["next"] else {}
        page = viewer.good("/search", q="-ghost", order=order, limit=limit, **after)
        assert page["matched"] == LIVE
        pages_together += shared.numbers(page["images"])
        assert len(pages_together) <= LIVE
    if order == "random":
        assert sorted(pages_together) == sorted(_expected("new"))
    else:
        assert pages_together == _expected(order)


def test_pages_go_on_where_they_were_though_the_library_grew_less(world: Any) -> None:
    viewer = world.new_viewer()
    first = viewer.good("/search", order="attr:width", limit=50)
    first_page = world.numbers(first["images"])
    world.parts.catalogue.set_state(
        ImageSet(first_page[10:60:3]), "hidden", by="t", origin="t", reason="test"
    )
    world.look()
    second = viewer.good("/search", order="attr:width", limit=50, after=first["next"])
    assert world.numbers(second["images"])[0] == _expected("attr:width")[50]


@pytest.mark.parametrize(
    "order",
    ["taste:", "--taste", "", "-", "--new", "attr:", "attr:nope", "newest", "-random", "NEW"],
)
def test_an_order_that_does_not_exist_is_bad_input(viewer: Any, order: str) -> None:
    assert viewer.get("/deck", order=order).status == 400
    assert viewer.get("/search", order=order).status == 400


@pytest.mark.parametrize("n", ["0", "101", "-1", "x", "", "1.0", "1e1", " 1", "٣", "9" * 30])
def test_the_number_of_cards_is_1_to_100(viewer: Any, n: str) -> None:
    answer = viewer.get("/deck", n=n)
    assert answer.status == 400
    assert answer.json["errors"][0]["parameter"] == "n"


def test_one_card_and_a_hundred_can_be_had(viewer: Any) -> None:
    assert len(viewer.deck(n=1)["cards"]) == 1
    assert len({card["image"] for card in viewer.deck(n=100)["cards"]}) == 100


def test_nothing_matches_so_the_rarest_terms_are_dropped_first(shared: Any, viewer: Any) -> None:
    answer = viewer.deck(q="crown beard blonde hair", n=100)
    # crown: 1 image, beard: 100, hair:blonde: 150
    assert answer["deck"]["state"] == "widened"
    assert answer["deck"]["dropped"] == ["crown"]
    assert answer["deck"]["matched"] == 50
    assert answer["deck"]["query"] == "crown beard blonde hair"
    numbers = shared.numbers(answer["cards"])
    assert all(number % 2 and number % 3 == 0 for number in numbers)
    widened = viewer.deck(q="beard hair:blonde hair:black crown", n=100)["deck"]
    assert widened["dropped"] == ["crown", "beard", "hair:blonde"] or widened["dropped"] == [
        "crown", "beard", "hair:black",
    ]  # fmt: skip


def test_exclusions_stay_when_terms_are_dropped(shared: Any, viewer: Any) -> None:
    answer = viewer.deck(q="crown beard -hair:blonde -glasses", n=100)
    assert answer["deck"]["dropped"] == ["crown"]
    for number in shared.numbers(answer["cards"]):
        assert number % 3 == 0
        assert number % 2 == 0
        assert number % 5
    only = viewer.deck(q="ghost -glasses", n=100)
    assert only["deck"]["dropped"] == ["ghost"]
    assert only["deck"]["matched"] == 240
    assert all(number % 5 for number in shared.numbers(only["cards"]))


def test_exclusions_that_leave_nothing_leave_nothing(viewer: Any) -> None:
    answer = viewer.deck(q="-kind:person")
    assert answer["deck"]["state"] == "exhausted"
    assert answer["deck"]["matched"] == 0
    assert answer["cards"] == []
    assert viewer.deck(q="beard -kind:person")["deck"]["state"] == "exhausted"


def test_a_search_is_never_widened(viewer: Any) -> None:
    answer = viewer.good("/search", q="crown beard")
    empty = answer.pop("empty")
    assert answer == {"query": "crown beard", "order": "new", "matched": 0, "images": [],
                     "next": None}  # fmt: skip
    assert [term["term"] for term in empty["terms"]] == ["crown", "beard"]


def test_a_narrow_deck_is_exhausted_not_widened(shared: Any, viewer: Any) -> None:
    (card,) = viewer.deck(q="crown")["cards"]
    viewer.swipe(("a", card["image"], "smash"))
    answer = viewer.deck(q="crown")["deck"]
    assert answer["state"] == "exhausted"
    assert (answer["matched"], answer["unseen"]) == (1, 0)
    assert "dropped" not in answer


def test_my_own_swipes_can_be_asked_for(shared: Any, viewer: Any) -> None:
    viewer.swipe(("a", shared.image(1), "smash"), ("b", shared.image(2), "pass"))
    assert shared.numbers(viewer.good("/search", q="my:smashed")["images"]) == [1]
    assert shared.numbers(viewer.good("/search", q="my:passed")["images"]) == [2]
    assert viewer.good("/search", q="my:unseen")["matched"] == LIVE - 2
    assert viewer.deck(q="my:unseen")["deck"]["matched"] == LIVE - 2
    assert viewer.deck(q="my:smashed")["deck"]["state"] == "exhausted"


@pytest.mark.parametrize("path", ["/deck", "/search"])
@pytest.mark.parametrize(
    "q", ["beerd", "(beard", "beard)", "OR", '"', "a" * 2_001, "(" * 17 + "beard" + ")" * 17,
          " ".join(["beard"] * 65), "width:>", "-", "ä" * 1_500, "beard AND"],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_told_with_its_place(viewer: Any, path: str, q: str) -> None:
    answer = viewer.get(path, q=q)
    assert answer.status == 400
    (error,) = answer.json["errors"]
    assert error["parameter"] == "q"
    assert 0 <= error["position"] <= len(q)
    if q == "beerd":
        assert "beard" in error["suggestions"]


def test_explain_shows_path_and_flip(viewer: Any) -> None:
    for card in viewer.deck(n=5, explain=1, tree="faces")["cards"]:
        path = card["decision"]["path"]
        assert path[0]["node"] == "is-face"
        assert path[0]["result"] is True
        assert isinstance(card["decision"]["flip"], list)
        alone = viewer.post(
            "/decisions", {"image": card["image"], "tree": "faces", "explain": True}
        ).json
        assert alone["explanation"] == card["decision"]["explanation"]
        assert alone["explanation"].endswith(".")
        taken = [[way["taken"] for way in branch["ways"]] for branch in alone["branches"]]
        assert all(ways.count(True) == 1 for ways in taken)
        assert [branch["node"] for branch in alone["branches"]] == list(
            dict.fromkeys(step["node"] for step in path)
        )
        assert all(flip["text"].startswith("with") for flip in alone["flip"])
    bare = viewer.deck(n=5, explain=0)["cards"]
    assert all({"path", "explanation", "branches"}.isdisjoint(card["decision"]) for card in bare)
    assert all("path" not in card["decision"] for card in bare)
    assert viewer.get("/deck", explain="true").status == 400


def test_the_tree_may_be_chosen(shared: Any, viewer: Any) -> None:
    for tree in shared.nobody.good("/rules")["trees"]:
        answer = viewer.deck(tree=tree["id"], n=3)
        assert answer["rules"]["tree"] == tree["id"]
        assert {card["decision"]["tree"] for card in answer["cards"]} == {tree["id"]}
    assert viewer.get("/deck", tree="nope").status == 404
    assert viewer.get("/deck", tree="").status == 400


def test_decks_never_hold_what_is_hidden_or_taken_down(shared: Any, viewer: Any) -> None:
    dealt: set[int] = set()
    for seed in range(6):
        dealt |= set(shared.numbers(viewer.deck(seed=seed, n=100, order="new")["cards"]))
    assert max(dealt) <= LIVE


def test_an_edit_by_another_process_shows_in_decks_at_once(world: Any, open_world: Any) -> None:
    viewer = world.new_viewer()
    viewer.deck(q="crown")
    other = open_world()
    tag = other.parts.catalogue.vocabulary().find("crown")
    other.parts.catalogue.apply_tag_edit(
        ImageSet([20, 30]), add=[tag], by="t", origin="t", reason="t"
    )
    world.look()
    answer = viewer.deck(q="crown")
    assert sorted(world.numbers(answer["cards"])) == [10, 20, 30]
    assert all("crown" in card["tags"] for card in answer["cards"])


def test_without_rules_there_is_no_deck_but_the_server_is_well(tmp_path: Any) -> None:
    settings = load({"SMASHPASS_HOME": str(tmp_path / "home")})
    parts = Installation(settings)
    parts.prepare()
    client = create_app(settings).test_client()
    client.post("/api/v1/viewers", json={"age_band": "18+"})
    answer = client.get("/api/v1/deck")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert client.get("/readyz").status_code == 503
    Container(parts).rules.ensure_active()
    client.application.extensions["keeping_up"].poll()
    ready = client.get("/readyz")
    assert ready.status_code == 200
    empty = client.get("/api/v1/deck").json
    assert empty["deck"]["state"] == "exhausted"
    assert empty["library"] == {"images": 0, "version": empty["library"]["version"]}
    assert client.get("/api/v1/search").json["matched"] == 0
    assert client.get("/api/v1/tags").json == []
    parts.engine.dispose()
    client.application.extensions["smashpass"].installation.engine.dispose()


def test_a_long_deck_is_sent_packed_to_whoever_can_read_it(viewer: Any) -> None:
    client = viewer.app.test_client(use_cookies=False)
    viewers = {"Authorization": f"Bearer {viewer.token}"}
    readers = viewers | {"Accept-Encoding": "gzip"}
    plain = client.get("/api/v1/deck?n=100&explain=1", headers=viewers)
    packed = client.get("/api/v1/deck?n=100&explain=1", headers=readers)
    short = client.get("/api/v1/deck?n=2", headers=readers)

    assert plain.content_encoding is None
    assert short.content_encoding is None
    assert packed.content_encoding == "gzip"
    assert "Accept-Encoding" in packed.vary
    assert len(packed.data) < len(plain.data) / 4
    assert gzip.decompress(packed.data) == plain.data
