"""Numbers for a deck: asked only where a path reaches them, in one batch, in time."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from smashpass.core.imageset import ImageSet
from smashpass.core.library.facts import Facts
from smashpass.core.pictures.picture import Picture
from smashpass.core.rules import tree as t
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.exchange import Endpoint
from smashpass.scoring.oip import OipScorer
from smashpass.services.scoring.breaker import PAUSE_S, Breaker
from smashpass.services.scoring.client import GuardedScorer
from smashpass.services.scoring.collect import Scoring
from smashpass.services.scoring.collector import CALL_S, CALLS_AT_ONCE, WAITING_DECKS
from smashpass.services.scoring.ports import ScorerFailed
from smashpass.services.scoring.scores import ImageToScore
from smashpass.services.training.collab.dealing import CollabScores, SwipeHistory
from smashpass.services.training.collab.factors import ImageFactors, LogisticWeights

DEADLINE_S = 0.3
PATIENT_S = 20.0  # where an answer comes, also on a busy machine
TOLERANCE_S = 5.0  # for a busy machine; without the deadline it would take 7 s or more
VOCABULARY = Vocabulary.of(["beard", "hat", "robot"])


def asks(name: str, then: t.Node, otherwise: t.Node, *, on_missing: bool = False) -> t.Branch:
    test = t.Compare(f"plugin.{name}", "gte", 0.5, on_missing=on_missing)
    return t.Branch(f"asks-{name}", "if", (t.Arm(test, then),), otherwise)


def leaf(name: str, verdict: t.Verdict = "smash") -> t.Leaf:
    return t.Leaf(name, verdict, 50, f"because of {name}")


def compiled(root: t.Node):
    return compile_tree(t.Tree("test", root), VOCABULARY)


def on_tag(tag: str, then: t.Node, otherwise: t.Node) -> t.Branch:
    return t.Branch(f"has-{tag}", "if", (t.Arm(t.TagTest(tag), then),), otherwise)


BEARDS_ASK = compiled(
    on_tag("beard", asks("aesthetic", leaf("good"), leaf("bad", "pass")), leaf("other", "pass"))
)
TWO_STEPS = compiled(
    asks("aesthetic", asks("second", leaf("both"), leaf("first")), leaf("none", "pass"))
)


def picture_file(sha256: str) -> bytes:
    """Return the file of a picture in memory: what is shown of one is its name."""
    return sha256.encode()


class Recording:
    """A scorer that notes what it is asked and gives what it is told to."""

    version = "1"

    def __init__(self, name="recorder", attributes=("plugin.aesthetic",), answer=None):
        self.name = name
        self.attributes = attributes
        self.asked: list[list] = []
        self.left: list[float] = []
        self._answer = answer or (lambda _item: dict.fromkeys(attributes, 0.75))

    def score(self, batch, deadline_s):
        self.asked.append([item.image for item in batch])
        self.left.append(deadline_s)
        return [self._answer(item) for item in batch]


def image(number: int, *tags: str, picture: bool = True) -> ImageToScore:
    tag_ids = frozenset(VOCABULARY.find(tag) for tag in tags)
    facts = Facts(tag_ids, VOCABULARY.effective(tag_ids), {"image.width": 512.0}.get, {}.get)
    stored = Picture(f"{number:064x}", 9, 9, "image/png", "#000000", 1) if picture else None
    return ImageToScore(f"i{number}", facts, stored)


def scoring(*scorers, deadline_s=PATIENT_S, call_s=CALL_S, clock=time.monotonic, **more) -> Scoring:
    guarded = [GuardedScorer(scorer, breaker=Breaker(clock=clock)) for scorer in scorers]
    return Scoring(guarded, picture_file, deadline_s=deadline_s, call_s=call_s, **more)


def decided(by: Scoring, images, tree=BEARDS_ASK, **more):
    """Decide; whatever the scorers do, it must not fail."""
    return by.decisions(tree, images, revision="r", viewer="v", **more)


def fallback_when(by: Scoring, images, *reasons: str | None) -> str | None:
    """Decide again and again until the fallback is one of those, or for some seconds."""
    until = time.monotonic() + PATIENT_S
    while (fallback := decided(by, images)[0].fallback) not in reasons:
        assert time.monotonic() < until, fallback
        time.sleep(0.01)
    return fallback


def decided_in_time(by: Scoring, images):
    """Decide with a scorer that keeps nobody waiting, if it answers or not."""
    started = time.monotonic()
    decisions = decided(by, images)
    assert time.monotonic() - started < DEADLINE_S + TOLERANCE_S
    return decisions


def test_only_images_whose_path_reaches_the_number_are_asked_about_and_all_at_once():
    recorder = Recording()
    images = [image(1, "beard"), image(2, "hat"), image(3, "beard", "hat"), image(4)]
    decisions = decided(scoring(recorder), images)
    assert recorder.asked == [["i1", "i3"]]
    assert 0 < recorder.left[0] <= PATIENT_S
    assert [decision.engine for decision in decisions] == ["model", "rules", "model", "rules"]
    assert [decision.leaf for decision in decisions] == ["good", "other", "good", "other"]
    assert decisions[0].model["name"] == "recorder"
    assert decisions[0].model["version"] == "1"
    assert decisions[0].model["score"] == 0.75
    assert decisions[0].model["ms"] >= 0


def test_a_scorer_sees_the_picture_and_the_tags_and_nothing_of_the_viewer():
    items = []
    recorder = Recording(answer=lambda item: items.append(item) or {"plugin.aesthetic": 1})
    decided(scoring(recorder), [image(1, "hat", "beard")])
    (item,) = items
    assert (item.image, item.sha256, item.mime) == ("i1", f"{1:064x}", "image/webp")
    assert item.tags == ("beard", "hat")
    assert item.data() == item.sha256.encode()
    assert not [name for name in dir(item) if "viewer" in name]


def test_what_was_said_once_is_remembered():
    recorder = Recording()
    by = scoring(recorder)
    first = decided(by, [image(1, "beard"), image(2, "beard")])
    second = decided(by, [image(1, "beard"), image(3, "beard")])
    assert recorder.asked == [["i1", "i2"], ["i3"]]
    assert second[0].model["ms"] == 0
    assert second[0].model["score"] == first[0].model["score"]
    decided(by, [image(1, "beard", "robot")])
    assert recorder.asked[2:] == []  # its tags are others, but nobody looked at them


def test_who_looks_at_tags_is_asked_again_when_they_change():
    reader = Recording(answer=lambda item: {"plugin.aesthetic": len(item.tags) / 10})
    by = scoring(reader)
    decided(by, [image(1, "beard")])
    decided(by, [image(1, "beard")])
    (decision,) = decided(by, [image(1, "beard", "robot")])
    assert reader.asked == [["i1"], ["i1"]]
    assert decision.model["score"] == 0.2


def test_a_new_version_of_a_scorer_is_asked_again():
    recorder = Recording()
    by = scoring(recorder)
    decided(by, [image(1, "beard")])
    recorder.version = "2"
    decided(by, [image(2, "beard")])  # this answer tells of the new version
    (decision,) = decided(by, [image(1, "beard")])
    assert recorder.asked == [["i1"], ["i2"], ["i1"]]
    assert decision.model["version"] == "2"


def test_a_number_may_lead_to_another_scorers_number():
    first = Recording("one")
    second = Recording("two", ("plugin.second",))
    decisions = decided(scoring(first, second), [image(1)], TWO_STEPS)
    assert decisions[0].leaf == "both"
    assert (first.asked, second.asked) == ([["i1"]], [["i1"]])
    low = Recording("one", answer=lambda _item: {"plugin.aesthetic": 0.1})
    second.asked.clear()
    decisions = decided(scoring(low, second), [image(1)], TWO_STEPS)
    assert decisions[0].leaf == "none"
    assert second.asked == []


def test_nobody_is_asked_for_a_number_that_is_given():
    recorder = Recording()
    recorded = image(1, "beard")
    facts = replace(recorded.facts, value={"plugin.aesthetic": 0.1}.get)
    (decision,) = decided(scoring(recorder), [replace(recorded, facts=facts)])
    assert (decision.engine, decision.leaf) == ("model", "bad")
    assert recorder.asked == []


def test_one_scorer_that_gives_both_numbers_is_asked_once():
    scorer = Recording(attributes=("plugin.aesthetic", "plugin.second"))
    assert decided(scoring(scorer), [image(1)], TWO_STEPS)[0].leaf == "both"
    assert len(scorer.asked) == 1


def test_a_scorer_that_fills_anything_gives_way_to_one_that_names_the_attribute():
    general = Recording(
        "general", None, lambda _item: {"plugin.aesthetic": 0.1, "plugin.second": 1}
    )
    special = Recording("special")
    (decision,) = decided(scoring(general, special), [image(1)], TWO_STEPS)
    assert decision.leaf == "both"
    assert decision.model["name"] == "special"


def test_without_a_scorer_the_rules_decide():
    (decision,) = decided(scoring(), [image(1, "beard")])
    assert (decision.engine, decision.fallback) == ("rules-fallback", "no_scorer")
    assert decision.leaf == "bad"


def test_a_scorer_of_anything_is_asked_for_collab_only_while_no_model_is_in_use():
    reads_both = compiled(
        asks("collab", asks("aesthetic", leaf("both"), leaf("one")), leaf("none", "pass"))
    )
    vectors = np.array([[2.0], [-2.0]], np.float32)
    factors = ImageFactors("abc", [1, 2], [0.5, 0.5], vectors, [[8.0]], LogisticWeights(match=10.0))
    said = {"plugin.aesthetic": 0.9, "plugin.collab": 0.1}
    images = [replace(image(number), ordinal=number) for number in (1, 2)]
    history = SwipeHistory("v", 1, ImageSet([1, *range(3, 20)]), ImageSet([2]))

    without = Recording(attributes=None, answer=lambda _item: said)
    decisions = decided(scoring(without), images, reads_both, history=history)
    assert [decision.leaf for decision in decisions] == ["none", "none"]
    assert decisions[0].model["name"] == "recorder"

    beside = Recording(attributes=None, answer=lambda _item: said)
    both = scoring(beside, collab=CollabScores(lambda: 1, lambda: factors))
    decisions = decided(both, images, reads_both, history=history)
    assert [decision.leaf for decision in decisions] == ["both", "none"]
    assert decisions[0].model["name"] == "collab"
    assert beside.asked == [["i1"]]

    unknown = decided(both, images, reads_both)
    assert [decision.fallback for decision in unknown] == ["no_history", "no_history"]
    assert beside.asked == [["i1"]]


def test_an_attribute_that_nobody_gives_is_no_value():
    recorder = Recording(answer=lambda _item: {"plugin.other": 1.0})
    (decision,) = decided(scoring(recorder), [image(1, "beard")])
    assert (decision.engine, decision.fallback) == ("rules-fallback", "no_value")
    assert len(recorder.asked) == 1


def test_an_image_that_nothing_is_said_of_falls_back_alone():
    recorder = Recording(
        answer=lambda item: {"plugin.aesthetic": 0.9} if item.image == "i2" else None
    )
    images = [image(1, "beard"), image(2, "beard"), image(3, "beard", picture=False)]
    decisions = decided(scoring(recorder), images)
    assert [decision.fallback for decision in decisions] == ["no_value", None, "no_picture"]
    assert [decision.engine for decision in decisions] == [
        "rules-fallback",
        "model",
        "rules-fallback",
    ]


def test_a_tree_that_asks_nothing_costs_nothing():
    recorder = Recording()
    tree = compiled(on_tag("beard", leaf("yes"), leaf("no", "pass")))
    assert decided(scoring(recorder), [image(1, "beard")], tree)[0].engine == "rules"
    assert recorder.asked == []


class Never:
    """A scorer that does not come back before it is told to."""

    name, version, attributes = "never", "1", ("plugin.aesthetic",)

    def __init__(self):
        self.may_go = threading.Event()
        self.calls = 0

    def score(self, batch, _deadline_s):
        self.calls += 1
        self.may_go.wait(20)
        return [{"plugin.aesthetic": 0.9} for _ in batch]


def test_a_scorer_that_never_returns_holds_one_deck_and_is_left_alone_after_a_while():
    never = Never()
    by = scoring(never, deadline_s=DEADLINE_S, call_s=1.5)
    assert decided_in_time(by, [image(1, "beard")])[0].fallback == "timeout"
    started = time.monotonic()
    # The call goes on: nobody else waits for it.
    assert decided(by, [image(2, "beard")])[0].fallback == "pending"
    assert time.monotonic() - started < DEADLINE_S
    numbers = iter(range(100, 10_000))
    until = time.monotonic() + PATIENT_S
    while decided_in_time(by, [image(next(numbers), "beard")])[0].fallback != "breaker_open":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert 5 <= never.calls <= 5 + CALLS_AT_ONCE
    never.may_go.set()


def test_what_comes_too_late_is_remembered():
    never = Never()
    by = scoring(never, deadline_s=DEADLINE_S)
    assert decided_in_time(by, [image(1, "beard")])[0].fallback == "timeout"
    never.may_go.set()
    assert fallback_when(by, [image(1, "beard")], None) is None
    assert never.calls == 1


def test_no_more_decks_wait_and_no_more_calls_are_made_at_once_than_so_many():
    never = Never()
    by = scoring(never, deadline_s=2.0)
    reasons = []
    decks = [
        threading.Thread(
            target=lambda number=number: reasons.append(
                decided(by, [image(number, "beard")])[0].fallback
            )
        )
        for number in range(20)
    ]
    for deck in decks:
        deck.start()
    for deck in decks:
        deck.join()
    never.may_go.set()
    assert 1 <= never.calls <= CALLS_AT_ONCE
    assert reasons.count("timeout") == WAITING_DECKS
    assert reasons.count("busy") == 20 - WAITING_DECKS


def test_an_image_that_several_decks_want_is_asked_about_once():
    class Slow(Recording):
        def score(self, batch, deadline_s):
            time.sleep(0.2)
            return super().score(batch, deadline_s)

    slow = Slow()
    by = scoring(slow)
    decisions = []
    decks = [
        threading.Thread(target=lambda: decisions.extend(decided(by, [image(1, "beard")])))
        for _ in range(WAITING_DECKS)
    ]
    for deck in decks:
        deck.start()
    for deck in decks:
        deck.join()
    assert slow.asked == [["i1"]]
    assert [decision.model["source"] for decision in decisions] == ["live"] * WAITING_DECKS


def test_nobody_waits_for_a_scorer_that_is_slower_than_the_deadline():
    class Slow(Recording):
        def score(self, batch, deadline_s):
            time.sleep(2 * DEADLINE_S)
            return super().score(batch, deadline_s)

    by = scoring(Slow(), deadline_s=DEADLINE_S)
    assert decided_in_time(by, [image(1, "beard")])[0].fallback == "timeout"
    assert fallback_when(by, [image(1, "beard")], None) is None  # it came, later
    for number in range(2, 6):
        started = time.monotonic()
        assert decided(by, [image(number, "beard")])[0].fallback == "pending"
        assert time.monotonic() - started < DEADLINE_S
        assert fallback_when(by, [image(number, "beard")], None) is None


def test_one_picture_that_a_scorer_cannot_read_costs_itself_alone_after_some_decks():
    class Picky(Recording):
        def score(self, batch, deadline_s):
            scores = super().score(batch, deadline_s)
            if any(item.image == "i13" for item in batch):
                raise ScorerFailed("bad_answer", "HTTP status 500")
            return scores

    picky = Picky()
    by = scoring(picky)
    images = [image(number, "beard") for number in range(20)]
    until = time.monotonic() + PATIENT_S
    while sum(decision.engine == "model" for decision in decided(by, images)) < 19:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert max(map(len, picky.asked)) == 20
    assert picky.asked[-1] == ["i13"]


def test_decks_need_not_wait_at_all():
    recorder = Recording()
    by = scoring(recorder, wait=False)
    assert decided(by, [image(1, "beard")])[0].fallback == "pending"
    assert fallback_when(by, [image(1, "beard")], None) is None
    (decision,) = decided(by, [image(1, "beard")])
    assert (decision.model["source"], decision.model["ms"]) == ("store", 0)


def test_who_has_no_time_takes_what_is_known():
    recorder = Recording()
    by = scoring(recorder)
    assert decided(by, [image(1, "beard")], wait=False)[0].fallback == "pending"
    assert decided(by, [image(1, "beard")])[0].engine == "model"
    assert decided(by, [image(1, "beard")], wait=False)[0].engine == "model"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda _batch: 1 / 0, "failed"),
        (lambda _batch: [][0], "failed"),
        (lambda _batch: exit(), "failed"),
        (lambda _batch: None, "bad_answer"),
        (lambda batch: "x" * len(batch), "bad_answer"),
        (lambda _batch: [], "bad_answer"),
        (lambda _batch: [{"aesthetic": 1.0}], "no_value"),
        (lambda _batch: [{"plugin.aesthetic": float("nan")}], "bad_answer"),
        (lambda _batch: [{"plugin.aesthetic": True}], "bad_answer"),
        (lambda _batch: [{"plugin.aesthetic": "1"}], "bad_answer"),
        (lambda _batch: [{"plugin.aesthetic": 10**400}], "bad_answer"),
        (lambda _batch: [{5: 1.0}], "no_value"),
        (lambda _batch: [0.5], "bad_answer"),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_whatever_a_scorer_does_it_costs_no_more_than_its_numbers(answer, reason):
    class Strange(Recording):
        def score(self, batch, _deadline_s):
            return answer(batch)

    (decision,) = decided(scoring(Strange()), [image(1, "beard")])
    assert (decision.engine, decision.fallback) == ("rules-fallback", reason)


@pytest.mark.parametrize("version", [7, None, "a\0b", "two\nlines", "v" * 101])
def test_numbers_of_a_version_that_cannot_be_kept_are_not_taken(version):
    class Odd(Recording):
        def score(self, batch, deadline_s):
            self.version = version
            return super().score(batch, deadline_s)

    (decision,) = decided(scoring(Odd()), [image(1, "beard")])
    assert (decision.engine, decision.fallback) == ("rules-fallback", "failed")


@pytest.mark.parametrize(
    "change",
    [
        lambda batch: batch.sort(key=lambda item: item.sha256, reverse=True),
        lambda batch: batch.reverse(),
        lambda batch: batch.clear(),
        lambda batch: batch.pop(),
    ],
)
def test_a_scorer_cannot_give_numbers_to_the_wrong_images_by_changing_the_batch(change):
    class Changing(Recording):
        def score(self, batch, _deadline_s):
            change(batch)
            return [{"plugin.aesthetic": int(item.sha256) / 10} for item in batch]

    images = [image(number, "beard") for number in range(3, 8)]
    decisions = decided(scoring(Changing()), images)
    assert {decision.fallback for decision in decisions} == {"failed"}


def test_a_scorer_may_have_got_through_a_part_only():
    class Partly(Recording):
        def score(self, _batch, _deadline_s):
            raise ScorerFailed("timeout", so_far=[{"plugin.aesthetic": 0.9}])

    decisions = decided(scoring(Partly()), [image(1, "beard"), image(2, "beard")])
    assert [decision.fallback for decision in decisions] == [None, "timeout"]


def test_the_breaker_opens_after_failures_and_closes_by_itself():
    class Flaky(Recording):
        down = True

        def score(self, batch, _deadline_s):
            self.asked.append(batch)
            if self.down:
                raise ScorerFailed("unreachable")
            return [{"plugin.aesthetic": 0.9} for _ in batch]

    flaky = Flaky()
    now = [0.0]
    by = scoring(flaky, clock=lambda: now[0])
    reasons = [decided(by, [image(n, "beard")])[0].fallback for n in range(7)]
    assert reasons == ["unreachable"] * 5 + ["breaker_open"] * 2
    assert len(flaky.asked) == 5
    now[0] += PAUSE_S
    # One call tries again, but nobody waits for how it ends.
    assert decided(by, [image(8, "beard")])[0].fallback == "breaker_open"
    until = time.monotonic() + PATIENT_S
    while len(flaky.asked) < 6 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(flaky.asked) == 6
    flaky.down = False
    now[0] += PAUSE_S
    assert fallback_when(by, [image(8, "beard")], None) is None
    assert decided(by, [image(9, "beard")])[0].engine == "model"


@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        ("fast", {None}),
        ("error", {"bad_answer"}),
        ("nan", {"bad_answer", None}),
        ("redirect", {"bad_answer"}),
        ("huge", {"bad_answer"}),
        ("wrong_count", {"bad_answer"}),
    ],
)
def test_decks_are_decided_whatever_the_model_server_answers(model_server, model, reasons):
    by = scoring(OipScorer(Endpoint.of(model_server.url), model))
    for start in (0, 100, 200):
        decisions = decided(by, [image(start + n, "beard") for n in range(20)])
        assert {decision.fallback for decision in decisions} <= reasons
        assert len(decisions) == 20


@pytest.mark.parametrize("model", ["slow", "silent", "drip_body"])
def test_decks_are_decided_in_time_if_the_model_server_is_late(model_server, model):
    by = scoring(OipScorer(Endpoint.of(model_server.url), model), deadline_s=DEADLINE_S)
    for start, reason in ((0, "timeout"), (100, "pending"), (200, "pending")):
        decisions = decided_in_time(by, [image(start + n, "beard") for n in range(20)])
        assert [decision.fallback for decision in decisions] == [reason] * 20
        time.sleep(0.1)  # the call began a little later than the deck


def test_a_hundred_cards_are_decided_with_a_model(model_server):
    by = scoring(OipScorer(Endpoint.of(model_server.url), "fast"))
    decisions = decided(by, [image(n, "beard") for n in range(100)])
    assert {decision.engine for decision in decisions} == {"model"}


def test_a_dead_server_costs_nothing_once_it_is_known(closed_port):
    scorer = OipScorer(Endpoint.of(f"http://127.0.0.1:{closed_port}"), "x")
    by = scoring(scorer, clock=lambda: 0.0)
    reasons = [decided(by, [image(n, "beard")])[0].fallback for n in range(100)]
    assert reasons == ["unreachable"] * 5 + ["breaker_open"] * 95
