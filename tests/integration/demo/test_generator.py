"""Pictures from an image generator: asked once, within the budget, each with where it came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.clock import system_clock
from smashpass.core.errors import BadInput, Busy, NotPossible
from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.core.protection.under_age import UnderAgeTerms
from smashpass.demo.drawing import Artist
from smashpass.demo.folder import render
from smashpass.demo.generator import shapes
from smashpass.demo.generator.client import MOST_BYTES, GeneratorClient
from smashpass.demo.generator.journal import JOURNAL, CallJournal
from smashpass.demo.generator.prompts import PictureOrder, PromptWriter
from smashpass.demo.generator.run import (
    MOST_IN_A_ROW,
    TRIES,
    Generation,
    GenerationPlan,
    GenerationReport,
)
from smashpass.demo.generator.shapes import Shape
from smashpass.demo.pool import Order
from smashpass.exchange import Endpoint
from smashpass.importing.detect import detect
from smashpass.media.pool import DecoderPool, Task
from smashpass.services.tagging.screening import under_age_terms
from tests.support.generators import LocalGenerator, local_generator

PLAN = GenerationPlan(4, 1, "CC0-1.0", pause_s=0.01)
PRICE = Decimal("0.04")


@pytest.fixture(scope="module")
def writer(artist: Artist) -> PromptWriter:
    return PromptWriter(artist, under_age_terms())


@pytest.fixture
def server() -> Iterator[LocalGenerator]:
    with local_generator() as server:
        yield server


@pytest.fixture(scope="module")
def check(tmp_path_factory) -> Iterator[Callable[[Path], Picture | PictureRefusal]]:
    with DecoderPool(tmp_path_factory.mktemp("media"), 1) as pool:

        def look(path: Path) -> Picture | PictureRefusal:
            (result,) = pool.inspect([Task(str(path), ())])
            return result

        yield look


@pytest.fixture
def ask(server, writer, check, tmp_path):
    """Runs a plan in a folder against the local generator."""

    def run(
        plan: GenerationPlan = PLAN,
        shape: Shape = "openai",
        interrupted: Callable[[], bool] = lambda: False,
        token: str = "",
        limit_s: float = 10.0,
    ) -> GenerationReport:
        client = GeneratorClient(
            Endpoint.of(server.url), shape, "painter", token=token, limit_s=limit_s
        )
        generation = Generation(plan, tmp_path / "out", client, writer, check, system_clock)
        return generation.run(interrupted, lambda _settled, _spent: None)

    return run


def rows(folder: Path, name: str) -> list[dict]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def pictures(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.png"))


@pytest.mark.parametrize("shape", ["openai", "oip", "oip, binary"])
def test_each_picture_comes_with_where_it_came_from(shape, ask, server, writer, tmp_path):
    server.binary = shape == "oip, binary"
    report = ask(replace(PLAN, workers=2), "openai" if shape == "openai" else "oip")

    assert (report.asked, report.done, report.failed, report.left) == (4, 4, [], 0)
    out = tmp_path / "out"
    host = server.url.removeprefix("http://")
    provenance = rows(out, "provenance.jsonl")
    for record, row, number in zip(provenance, rows(out, "metadata.jsonl"), range(4), strict=True):
        order = writer.order(1, number)
        content = (out / record["file_name"]).read_bytes()
        assert sha256(content).hexdigest() == record["sha256"]
        assert (record["prompt"], record["seed"]) == (order.prompt, order.seed)
        assert (record["host"], record["model"]) == (host, "painter")
        assert record["model_version"] == ("" if shape == "openai" else "7")
        assert record["digital_source_type"] == "trainedAlgorithmicMedia"
        assert (record["licence"], record["tags_asked_for"]) == ("CC0-1.0", list(order.tags))
        assert record["at"].endswith("Z")
        assert row["file_name"] == record["file_name"]
        assert row["tags"] == [*order.tags, "tags:asked_for"]
        assert row["review_required"] is True
        assert row["depicts"] in ("adult", "creature", "object")
        version = "" if shape == "openai" else " 7"
        assert row["generator"] == f"painter{version} via {host}"
        assert row["generator_seed"] == order.seed
    assert len(pictures(out)) == len(provenance) == 4
    assert detect(out).format == "imagefolder"


def test_nothing_but_text_is_ever_sent(ask, server):
    ask()
    ask(replace(PLAN, count=0), "openai")

    for document in server.calls:
        assert set(document) == {"model", "prompt", "n", "size", "response_format", "seed"}
    order = PictureOrder(0, "a", "a robot", 1, (), "", "creature")
    inputs = json.loads(shapes.question("oip", "m", order, frozenset()))["inputs"]
    assert [tensor["name"] for tensor in inputs] == ["prompt", "seed", "width", "height"]


def test_prompts_show_invented_adults_creatures_and_things(writer):
    terms = under_age_terms()
    orders = [writer.order(3, number) for number in range(300)]

    assert len({order.prompt for order in orders}) > 280
    for order in orders:
        assert terms.severity_of_text(order.prompt) is None
        if order.depicts == "adult":
            assert "fictional adult" in order.prompt
            assert "clearly a grown adult" in order.prompt
        else:
            assert "No people." in order.prompt
        assert "of a a" not in order.prompt


def test_a_recipe_with_a_word_of_under_age_is_refused(artist, writer):
    for term in ("adult", "smiling"):  # as an operator may deny them
        terms = UnderAgeTerms.of(f"[refuse]\n{term}\n")
        with pytest.raises(BadInput, match="under age"):
            PromptWriter(artist, terms).order(3, 0)
    words = {**artist.recipe.wording.words, "mouth:smile": "a toddler smiling"}
    wording = replace(artist.recipe.wording, words=words)
    with pytest.raises(BadInput, match="toddler"):
        PromptWriter(Artist(replace(artist.recipe, wording=wording)), under_age_terms())


def test_only_what_is_missing_is_asked_for(ask, server, tmp_path):
    ask()
    before = [path.stat().st_mtime_ns for path in pictures(tmp_path / "out")]

    report = ask(replace(PLAN, count=6))

    assert (report.asked, report.done) == (2, 6)
    assert len(server.calls) == 6
    assert [path.stat().st_mtime_ns for path in pictures(tmp_path / "out")][:4] != []
    assert set(before) <= {path.stat().st_mtime_ns for path in pictures(tmp_path / "out")}


@pytest.mark.parametrize("whole", [True, False])
def test_a_picture_that_was_not_put_into_its_place_is_not_asked_for_again(
    whole, ask, server, tmp_path
):
    ask()
    (path, *_) = pictures(tmp_path / "out")
    content = path.read_bytes()
    path.rename(path.with_suffix(".part"))
    if not whole:
        path.with_suffix(".part").write_bytes(content[:-1])

    report = ask()

    assert (report.asked, report.done) == (0 if whole else 1, 4)
    assert path.read_bytes() == content
    assert not path.with_suffix(".part").exists()


def test_drawings_and_generated_pictures_do_not_share_a_folder(ask, recipe_folder, tmp_path):
    ask(replace(PLAN, count=1))
    with pytest.raises(NotPossible, match="not from an earlier rendering"):
        render(
            Order(recipe_folder, 1), tmp_path / "out", count=1, workers=1,
            progress=lambda _done: None,
        )  # fmt: skip
    (tmp_path / "out" / JOURNAL).unlink()

    with pytest.raises(NotPossible, match="not from such a run"):
        ask(replace(PLAN, count=1))


@pytest.mark.parametrize("status", [429, 500, 503, 408])
def test_a_busy_server_is_asked_again(status, ask, server):
    server.script.extend([(status, {"Retry-After": "0"}, b"{}")] * 2)

    report = ask(replace(PLAN, price=PRICE))

    assert (report.asked, report.done, report.failed) == (6, 4, [])
    # Only what was turned away before anything was made is certain to be free.
    assert report.spent == PRICE * (4 if status == 429 else 6)


def test_a_picture_is_given_up_after_some_tries_and_tried_by_the_next_run(ask, server):
    server.script.extend([(500, {}, b"oops")] * TRIES)

    report = ask()

    assert (report.done, len(report.failed), report.left) == (3, 1, 0)
    assert f"500, {TRIES} tries" in report.failed[0][1]
    assert ask().done == 4


@pytest.mark.parametrize("status", [500, 200])
def test_a_generator_that_only_fails_is_left_alone(status, ask, server):
    server.refuses = lambda _document: (status, {}, b"oops")

    with pytest.raises(NotPossible, match=f"{MOST_IN_A_ROW} pictures in a row failed"):
        ask(replace(PLAN, count=50))

    assert len(server.calls) == MOST_IN_A_ROW * (TRIES if status == 500 else 1)


def test_a_call_that_takes_too_long_counts_as_paid(ask, server):
    server.script.append(2.5)

    report = ask(replace(PLAN, count=1, price=PRICE), limit_s=1.5)

    assert (report.asked, report.done, report.spent) == (2, 1, PRICE * 2)


def test_a_prompt_that_is_refused_is_never_sent_again(ask, server):
    server.script.append((400, {}, b'{"error": {"message": "against our \\u001b policy"}}'))

    first = ask(replace(PLAN, price=PRICE))
    second = ask(replace(PLAN, price=PRICE))

    assert (first.done, first.asked, second.asked) == (3, 4, 0)
    assert first.failed == second.failed
    assert "policy" in first.failed[0][1]
    assert first.failed[0][1].isprintable()


@pytest.mark.parametrize(
    "answer",
    [
        b"not JSON",
        b"[]",
        b'{"data": []}',
        b'{"data": [{"b64_json": "%%%"}]}',
        b'{"data": [{"b64_json": "aGVsbG8="}]}',
    ],
)
def test_an_answer_without_a_picture_is_a_failure_of_that_picture(answer, ask, server, tmp_path):
    server.script.append((200, {}, answer))

    report = ask(replace(PLAN, price=PRICE))

    assert (report.asked, report.done, len(report.failed)) == (4, 3, 1)
    assert report.spent == PRICE * 4
    assert len(pictures(tmp_path / "out")) == len(list((tmp_path / "out").glob("*/*"))) == 3
    assert ask(replace(PLAN, price=PRICE)).done == 4


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((302, {"Location": "http://example.org/"}, b""), "redirects are not followed"),
        ((401, {}, b'{"error": {"message": "bad key sesame"}}'), "bad key \\*{8}"),
        ((404, {}, b""), "404"),
        ((200, {}, b'{"data": [{"url": "http://example.org/a.png"}]}'), "never fetched"),
    ],
)
def test_a_generator_that_cannot_be_used_ends_the_run(answer, reason, ask, server):
    server.script.append(answer)

    with pytest.raises(NotPossible, match=reason):
        ask(token="sesame")

    assert len(server.calls) == 1
    assert server.tokens == ["Bearer sesame"]


def test_a_huge_answer_is_not_read_to_its_end(ask, server):
    server.script.extend([(200, {}, b" " * (MOST_BYTES + 1))] * TRIES)

    report = ask(replace(PLAN, count=1))

    assert "more than" in report.failed[0][1]


def test_parameters_that_a_server_refuses_are_left_out(ask, server, tmp_path):
    def refuse(document: dict) -> tuple[int, dict[str, str], bytes] | None:
        for name in ("seed", "response_format"):
            if name in document:
                error = {"message": f"Unknown parameter: '{name}'.", "param": name}
                return 400, {}, json.dumps({"error": error}).encode()
        return None

    server.refuses = refuse

    report = ask(replace(PLAN, price=PRICE, workers=3))

    assert (report.done, report.failed) == (4, [])
    assert report.spent == PRICE * 4
    assert all(record["seed"] is None for record in rows(tmp_path / "out", "provenance.jsonl"))


def test_the_server_may_charge_less_and_one_that_charges_more_ends_the_run(ask, server):
    server.headers = {"X-Cost": "0.01"}
    assert ask(replace(PLAN, price=PRICE)).spent == Decimal("0.04")
    server.headers = {"X-Cost": "0.05"}

    with pytest.raises(NotPossible, match=r"0\.05, more than the price of 0\.04"):
        ask(replace(PLAN, count=6, price=PRICE))


def test_the_run_stops_before_the_budget_is_passed(ask, server, tmp_path):
    plan = replace(PLAN, price=PRICE, budget=Decimal("0.11"), workers=3)

    report = ask(plan)

    assert (report.done, report.left, report.stopped) == (2, 2, "the budget")
    assert len(server.calls) == 2
    assert ask(plan).asked == 0
    assert len(rows(tmp_path / "out", "metadata.jsonl")) == 2
    assert ask(replace(plan, budget=Decimal("0.16"))).done == 4


def test_an_interrupted_run_keeps_what_came(ask, server):
    server.delay_s = 0.05

    report = ask(interrupted=lambda: len(server.calls) >= 2)

    assert report.stopped == "interrupted"
    assert 0 < report.done < 4
    assert report.done + report.left == 4


def test_a_folder_belongs_to_one_kind_of_run(ask, tmp_path):
    ask(replace(PLAN, count=1))

    with pytest.raises(NotPossible, match="seed 1, not 2"):
        ask(replace(PLAN, seed=2))
    (tmp_path / "out" / "mine.txt").write_text("")
    with pytest.raises(NotPossible, match=r"mine\.txt"):
        ask()


def test_two_runs_do_not_share_a_folder(tmp_path):
    with CallJournal(tmp_path, {"seed": 1}), pytest.raises(Busy):
        CallJournal(tmp_path, {"seed": 1})


def test_a_damaged_journal_is_refused(tmp_path):
    with CallJournal(tmp_path, {"seed": 1}) as journal:
        journal.begin(0, PRICE, None)
    content = (tmp_path / JOURNAL).read_text()
    (tmp_path / JOURNAL).write_text(content.replace("0.04", "four"))

    with pytest.raises(BadInput, match="damaged"):
        CallJournal(tmp_path, {"seed": 1})


OUTCOMES = st.lists(st.sampled_from(["free", "paid", "cheap", "lost", "killed", "torn"]))


@given(OUTCOMES, st.integers(0, 40), st.integers(1, 7))
def test_whatever_happens_the_budget_is_never_passed(
    tmp_path_factory: pytest.TempPathFactory, outcomes: list[str], budget: int, price: int
):
    folder = tmp_path_factory.mktemp("journal")
    owed = 0  # the slow twin: what the generator may bill
    journal = CallJournal(folder, {})
    for number, outcome in enumerate(outcomes):
        call = journal.begin(number, Decimal(price), Decimal(budget))
        assert (call is None) == (owed + price > budget)
        if call is None:
            continue
        owed += price
        if outcome in ("free", "cheap"):
            cost = 0 if outcome == "free" else price // 2
            owed += cost - price
            journal.end(call, Decimal(cost))
        elif outcome == "paid":
            journal.end(call, Decimal(price), picture={"number": number})
        elif outcome in ("killed", "torn"):
            journal.__exit__(None, None, None)
            if outcome == "torn":
                with (folder / JOURNAL).open("ab") as file:
                    file.write(b'{"end": %d, "cost": "0"' % call)
            journal = CallJournal(folder, {})
        assert journal.spent == owed <= budget
    journal.__exit__(None, None, None)
