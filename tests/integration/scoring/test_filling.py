"""Filling one scorer: every picture once, whatever the scorer does meanwhile."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from smashpass.core.imageset import Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.scoring import fill
from smashpass.services.scoring.breaker import Breaker
from smashpass.services.scoring.client import GuardedScorer
from smashpass.services.scoring.fill import ScoreFilling
from smashpass.services.scoring.fill_report import FillOptions, ScorerFill
from smashpass.services.scoring.ports import (
    FAILED,
    PREPROCESSING,
    UNREACHABLE,
    Item,
    ScorerFailed,
)
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.scoring import PicturesInMemory, ScoresInMemory

COUNT = 150


def sha(number: int) -> str:
    return f"{number:064x}"


class Numbering:
    """A scorer that gives each picture its number, and does what a test wants at each call."""

    name = "own"
    attributes = None
    model = "m"

    def __init__(self) -> None:
        self.version = "1"
        self.asked: list[list[int]] = []
        self.at_call: Callable[[int, Sequence[int]], None] = lambda _number, _pictures: None
        self._lock = threading.Lock()

    def score(self, batch: Sequence[Item], deadline_s: float) -> list:  # noqa: ARG002
        contents = [item.data() for item in batch]
        numbers = [int(content) for content in contents if content]
        if numbers:
            with self._lock:
                self.asked.append(numbers)
                self.at_call(len(self.asked), numbers)
        return [
            {"plugin.x": float(content)} if content and int(content) % 10 else None
            for content in contents
        ]

    @property
    def times(self) -> Counter[int]:
        return Counter(number for numbers in self.asked for number in numbers)


class Fills:
    """A store, a scorer, and a way to fill the one by the other."""

    def __init__(self) -> None:
        self.images = PicturesInMemory({n: sha(n) for n in range(1, COUNT + 1)})
        self.images.live = set(self.images.pictures)
        self.store = ScoresInMemory(self.images, StoppedClock())
        self.scorer = Numbering()
        self.missing: set[int] = set()
        self.hidden: set[int] = set()
        self.tags_are_read = False
        self.steps: list[ScorerFill] = []
        self.stopping: Callable[[], bool] = lambda: False

    def item(self, ordinal: Ordinal, sha256: str) -> Item | None:
        number = int(sha256, 16)
        data = b"" if number in self.missing else str(number).encode()
        item = Item(str(ordinal), sha256, "image/webp", ("a",), lambda: data)
        if self.tags_are_read:
            assert item.tags
        return None if ordinal in self.hidden else item

    def __call__(self, **options) -> ScorerFill:
        guarded = GuardedScorer(self.scorer, breaker=Breaker(pause_s=0.0))
        return ScoreFilling(
            guarded,
            self.store,
            self.item,
            FillOptions(**options),
            stopping=lambda: self.stopping(),
            progressed=self.steps.append,
        ).run()

    def kept(self, version: str = "1") -> dict[int, dict]:
        source = source_of(version)
        found = {}
        for sha256, (kept_source, values) in self.store.get("own", [*map(sha, range(500))]).items():
            if kept_source == source:
                found[int(sha256, 16)] = values
        return found


def source_of(version: str) -> ModelVersion:
    return ModelVersion("own", "m", version, PREPROCESSING)


@pytest.fixture
def fills() -> Fills:
    return Fills()


def truth(numbers=range(1, COUNT + 1)) -> dict[int, dict]:
    return {number: {"plugin.x": float(number)} if number % 10 else {} for number in numbers}


def test_every_picture_is_asked_about_once_and_kept(fills: Fills) -> None:
    result = fills()
    assert fills.kept() == truth()
    assert set(fills.scorer.times.values()) == {1}
    assert max(map(len, fills.scorer.asked)) == fill.BATCH
    assert result == ScorerFill(source_of("1"), COUNT, 135, 15, 0, 0, True)
    assert [step.left for step in fills.steps] == sorted(
        (step.left for step in fills.steps), reverse=True
    )


def test_a_second_run_asks_about_one_picture_to_learn_the_version(fills: Fills) -> None:
    fills()
    generation = fills.store.generation()
    result = fills()
    assert sum(fills.scorer.times.values()) == COUNT + 1
    assert result == ScorerFill(source_of("1"), 1, 0, 0, 0, 0, True)
    assert fills.store.generation() == generation


@pytest.mark.parametrize("limit", [1, 5, 32, 40, 100, COUNT])
def test_a_limit_is_kept_and_the_next_run_goes_on(fills: Fills, limit: int) -> None:
    result = fills(limit=limit)
    assert sum(fills.scorer.times.values()) == result.asked == limit
    assert result.left == COUNT - limit
    assert fills.kept() == truth(range(1, limit + 1))
    if limit < COUNT:
        assert fills().left == 0
        assert set(fills.scorer.times.values()) == {1}
    assert fills.kept() == truth()


def test_a_rate_is_kept(fills: Fills) -> None:
    fills.images.live = set(range(1, 13))
    started = time.monotonic()
    assert fills(rate=8.0).left == 0
    assert 0.9 < time.monotonic() - started < 5
    fast = Fills()
    fast.images.live = set(range(1, 13))
    started = time.monotonic()
    fast(rate=10_000.0)
    assert time.monotonic() - started < 0.9


def test_an_image_without_a_file_or_out_of_sight_does_not_hold_up_the_rest(fills: Fills) -> None:
    fills.missing, fills.hidden = {1, 77}, {5, 150}
    result = fills()
    assert fills.kept() == truth(set(range(1, COUNT + 1)) - {1, 77, 5, 150})
    assert (result.asked, result.without_value) == (146, 2 + 14)
    assert (result.failed, result.left, result.serving) == (0, 0, True)


@pytest.mark.parametrize("count", [5, COUNT])
def test_files_that_are_all_missing_are_no_failure(fills: Fills, count: int) -> None:
    fills.missing = set(range(1, count + 1))
    result = fills()
    assert (result.error, result.failed, result.left) == ("", 0, 0)
    assert result.without_value >= count
    assert len(fills.kept()) == COUNT - count


def test_one_bad_picture_costs_itself_alone(fills: Fills) -> None:
    def refuse(_number: int, pictures: Sequence[int]) -> None:
        if 3 in pictures or 99 in pictures:
            raise ScorerFailed(FAILED, "cannot decode")

    fills.scorer.at_call = refuse
    result = fills()
    assert fills.kept() == truth(set(range(1, COUNT + 1)) - {3, 99})
    assert (result.failed, result.left, result.error, result.serving) == (2, 2, "", True)
    # It serves as the first version of its scorer; a second one would have to be nearly whole.
    fills.scorer.version = "2"
    assert fills().serving is False
    fills.scorer.at_call = lambda _number, _pictures: None
    assert fills().serving is True


def test_a_few_pictures_that_cannot_be_read_do_not_keep_a_new_version_from_use(
    fills: Fills,
) -> None:
    def refuse(_number: int, pictures: Sequence[int]) -> None:
        if 3 in pictures:
            raise ScorerFailed(FAILED, "cannot decode")

    fills()
    fills.scorer.version = "2"
    fills.scorer.at_call = refuse
    result = fills()
    assert (result.failed, result.left, result.source.version) == (1, 1, "2")
    assert result.serving is True


def test_a_scorer_that_does_not_answer_is_given_up_at_once(fills: Fills) -> None:
    def fail(_number: int, _pictures: Sequence[int]) -> None:
        raise ScorerFailed(UNREACHABLE, "nobody there")

    fills.scorer.at_call = fail
    result = fills()
    assert result.error == "it does not answer: unreachable"
    assert (result.asked, result.scored, result.left) == (32, 0, COUNT)
    assert len(fills.scorer.asked) == 1


def test_an_outage_is_waited_for(fills: Fills, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "PAUSES_S", (0.05, 0.1))
    monkeypatch.setattr(fill, "BATCH", 4)

    def fail(number: int, _pictures: Sequence[int]) -> None:
        if 10 <= number < 17:
            raise ScorerFailed(UNREACHABLE, "restarting")

    fills.scorer.at_call = fail
    result = fills()
    assert fills.kept() == truth()
    assert (result.failed, result.left, result.error) == (0, 0, "")


def test_an_outage_that_lasts_ends_the_run_and_keeps_what_there_is(
    fills: Fills, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "PAUSES_S", (0.01, 0.02))
    monkeypatch.setattr(fill, "BATCH", 4)

    def fail(number: int, _pictures: Sequence[int]) -> None:
        if number >= 10:
            raise ScorerFailed(UNREACHABLE, "gone")

    fills.scorer.at_call = fail
    scorer = GuardedScorer(fills.scorer, breaker=Breaker(pause_s=60.0))
    result = ScoreFilling(
        scorer,
        fills.store,
        fills.item,
        FillOptions(),
        stopping=lambda: False,
        progressed=fills.steps.append,
    ).run()
    assert "did not answer again" in result.error
    assert len(fills.kept()) == 9 * 4
    assert result.left == COUNT - 9 * 4


def test_a_scorer_that_reads_tags_is_not_filled(fills: Fills) -> None:
    fills.tags_are_read = True
    result = fills()
    assert result.error == fill.READS_TAGS
    assert fills.store.versions() == []


def test_whoever_stops_it_keeps_what_was_answered(fills: Fills) -> None:
    fills.stopping = lambda: len(fills.scorer.asked) >= 3
    result = fills()
    answered = set(fills.scorer.times)
    assert fills.kept() == truth(answered)
    assert 0 < len(answered) < COUNT
    assert (result.left, result.error) == (COUNT - len(answered), "")
    fills.stopping = lambda: False
    fills()
    assert fills.kept() == truth()
    assert set(fills.scorer.times.values()) == {1}


def test_a_new_version_fills_beside_and_serves_when_it_is_whole(fills: Fills) -> None:
    fills()
    fills.scorer.version = "2"
    first = fills(limit=100)
    assert (first.source, first.asked, first.left) == (source_of("2"), 100, 50)
    assert first.serving is False
    assert fills.kept("1") == truth()
    second = fills()
    assert (second.source, second.left, second.serving) == (source_of("2"), 0, True)
    assert fills.kept("2") == truth()
    assert set(fills.scorer.times.values()) == {2}


def test_a_version_that_changes_meanwhile_begins_from_the_start(fills: Fills) -> None:
    def change(number: int, _pictures: Sequence[int]) -> None:
        if number == 3:
            fills.scorer.version = "2"

    fills.scorer.at_call = change
    result = fills()
    assert (result.source, result.left, result.serving) == (source_of("2"), 0, True)
    assert fills.kept("2") == truth()
    assert result.scored == 135


def test_a_version_that_keeps_changing_is_given_up(fills: Fills, monkeypatch) -> None:
    monkeypatch.setattr(fill, "BATCH", 2)

    def change(number: int, _pictures: Sequence[int]) -> None:
        fills.scorer.version = str(number)

    fills.scorer.at_call = change
    assert fills().error == "its version keeps changing"


def test_a_version_that_goes_back_is_never_put_to_use_half_full(fills: Fills) -> None:
    fills()
    fills.scorer.version = "2"
    fills.scorer.at_call = lambda number, _: setattr(
        fills.scorer, "version", "2" if number in (7, 8) else "1"
    )
    result = fills()
    in_use = {version.source.version: version for version in fills.store.versions()}
    assert in_use["1"].serving
    assert in_use["1"].pictures == COUNT
    assert (result.left > 0) == (result.source == source_of("2"))


def test_without_pictures_nothing_is_asked(fills: Fills) -> None:
    fills.images.pictures = dict.fromkeys(fills.images.pictures, "")
    result = fills()
    assert (result.asked, result.left, result.error) == (0, 0, "")
    assert fills.scorer.asked == []
