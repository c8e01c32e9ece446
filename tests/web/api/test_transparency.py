"""What is told of itself is what runs: each change of the configuration changes the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from smashpass.core.imageset import ImageSet
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.rulefiles.load import load_texts
from smashpass.services.decisions.replay import replay
from smashpass.services.rules.book import RuleBook
from smashpass.settings import TABLE
from smashpass.store.people.personal_data import COLUMNS, columns_about_viewers
from smashpass.web.languages import label_outcome
from tests.support import trees

Parts = Any


def tree(name: str, **changes: str) -> str:
    """The text of a tree, without the tests in it, which would not let it be changed."""
    return trees.tree(name, **changes).partition("\ntests:")[0] + "\n"


FILES = {"rules/plain.yaml": tree("plain"), "rules/other.yaml": tree("other", labels="[x]")}
PLAIN = "rules/plain.yaml"


def publish(files: dict[str, str]) -> Callable[[Parts], object]:
    return lambda parts: parts.publishing.publish(
        load_texts(files), by="ann", origin="test", reason="for the test"
    )


def with_(old: str, new: str) -> dict[str, str]:
    """The files with one thing changed in the default tree."""
    assert old in FILES[PLAIN], old
    return FILES | {PLAIN: FILES[PLAIN].replace(old, new)}


def imported(key: str, credit: Credit) -> Callable[[Parts], object]:
    def act(parts: Parts) -> None:
        run = parts.runs.start("more", {})
        row = ImageRow(key=key, tags=("beard",), credit=credit, line=1, width=256, height=256)
        parts.catalogue.write_rows(run, [row], on_existing="skip", position=1)
        parts.runs.finish(run)

    return act


def state(number: int, to: str) -> Callable[[Parts], object]:
    return lambda parts: parts.catalogue.set_state(
        ImageSet([number]), to, by="ann", origin="test", reason="a test"
    )


def canary(percent: int) -> Callable[[Parts], object]:
    beside = load_texts(with_("weight: 60", "weight: 61"))
    return lambda parts: parts.canarying.start(beside, percent, whole=True, by="ann", origin="test")


def rolled_back(parts: Parts) -> None:
    first = parts.revisions.list()[-1]
    parts.publishing.rollback(first.sha256, by="ann", origin="test", reason="back")


CREATED = ("digitalCreation", False, "creature")
SETTINGS = {
    "operator": "Ann Operator",
    "contact": "ann@example.org",
    "age_gate": "off",
    "decision_log_percent": "7",
    "deny_tags": "crown",
    "under_age_terms": "sprout",
    "minor_daily_minutes": "31",
    "keep_viewers_days": "77",
    "keep_decisions_days": "78",
    "keep_notices_days": "79",
    "keep_audit_days": "80",
    "keep_jobs_days": "81",
    "keep_erased_days": "82",
    "scorer_url": "http://127.0.0.1:9",
    "scorer_model": "faces",
    "scorer_deadline_ms": "123",
    "scorer_wait": "never",
    "plugins": "bright",
}
NOT_OF_VIEWERS = {
    "home": "place",
    "database_url": "place",
    "media_url": "place",
    "accel_redirect": "place",
    "media_addresses": "place",
    "import_folders": "place",
    "scorer_token_file": "place",
    "scorer_outputs": "name",
    "scorer_onnx": "place",
    "prompt_embeddings": "answer",
    "secret_key": "secret",
    "label_app_name": "name",
    "accent_colour": "colour",
    "label_smash": "name",
    "label_pass": "name",
    "log_level": "log",
    "backup_max_age_hours": "upkeep",
    "picture_effort": "upkeep",
    "trusted_proxies": "network",
}
"""The settings that change nothing for viewers but names, each with the reason in one word."""

PLUGIN = """
import pluggy
class Bright:
    name, version, attributes = "bright one", "2.5", ("plugin.bright",)
    def score(self, batch, deadline_s):
        return [None] * len(batch)
@pluggy.HookimplMarker("smashpass")
def smashpass_scorers(settings):
    return [Bright()]
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installs the plugin ``bright`` for the length of a test."""
    folder = tmp_path / "installed"
    info = folder / "bright-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "transparent_bright.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bright\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[smashpass.plugins]\nbright = transparent_bright\n")
    monkeypatch.syspath_prepend(str(folder))


READS_VIEWER = "{attr: viewer.swipes, gte: 5, on_missing: false}"
READS_TASTE = "{attr: viewer.taste, gte: 0.5, on_missing: false}"
READS_ALL = "{attr: image.smash_rate, gte: 0.5, on_missing: false}"
ACTS: dict[str, Callable[[Parts], object]] = {
    "other rules": publish(FILES),
    "a title": publish(with_("title: Tree plain", "title: A fine tree")),
    "a description": publish(with_("title: Tree", "description: Told by Ann\ntitle: Tree")),
    "a reason": publish(with_('"A beard"', '"A fine beard"')),
    "a weight": publish(with_("weight: 60", "weight: 59")),
    "a verdict": publish(with_("verdict: smash, weight: 55", "verdict: pass, weight: 55")),
    "a test": publish(with_("if: glasses", "if: {any: [glasses, smile]}")),
    "the order": publish({PLAIN: tree("plain", first="glasses").replace("if: glasses\n    then",
                          "if: beard\n    then"), "rules/other.yaml": FILES["rules/other.yaml"]}),
    "a tree less": publish({PLAIN: FILES[PLAIN]}),
    "another default": publish({PLAIN: tree("plain", labels="[x]"),
                                "rules/other.yaml": tree("other")}),
    "a tree more": publish(FILES | {"rules/third.yaml": tree("third", labels="[y]")}),
    "a comment": publish(FILES | {PLAIN: FILES[PLAIN] + "# more\n"}),
    "one's own swipes": publish(with_("if: glasses", f"if: {{any: [glasses, {READS_VIEWER}]}}")),
    "one's own taste": publish(with_("if: glasses", f"if: {{any: [glasses, {READS_TASTE}]}}")),
    "all swipes": publish(with_("if: glasses", f"if: {{any: [glasses, {READS_ALL}]}}")),
    "a shadow": canary(0),
    "a canary": canary(20),
    "no canary": lambda parts: parts.canarying.stop(by="ann", origin="test"),
    "a rollback": rolled_back,
    "a licence": imported("a", Credit("demo", "CC-BY-SA-4.0", *CREATED)),
    "a source": imported("b", Credit("Elsewhere", "CC0-1.0", *CREATED)),
    "a source type": imported("c", Credit("demo", "CC0-1.0", "trainedAlgorithmicMedia", False,
                                          "creature", generator="x")),
    "a hidden image": state(7, "hidden"),
    "a shown image": state(7, "live"),
    "an image taken down": state(8, "taken_down"),
}  # fmt: skip


def told(world: Any) -> tuple[Any, str]:
    """What the API and the page say."""
    world.look()
    content = world.nobody.good("/transparency")
    page = world.app.test_client().get("/transparency")
    assert page.status_code == 200
    text = re.sub(r"<[^>]*>", " ", page.text)
    assert world.app.test_client().get("/about").text == page.text
    return content, re.sub(r"\s+", " ", text)


def test_every_setting_is_told_or_does_not_concern_viewers() -> None:
    assert sorted([*SETTINGS, *NOT_OF_VIEWERS]) == sorted(setting.name for setting in TABLE)
    assert all(re.fullmatch(r"[a-z]+", reason) for reason in NOT_OF_VIEWERS.values())


def test_who_may_be_asked_is_told_before_the_first_answer(
    open_world: Callable[..., Any], plugin: None
) -> None:
    content, page = told(
        open_world(
            SMASHPASS_SCORER_URL="https://models.example/secret/path",
            SMASHPASS_SCORER_MODEL="faces",
            SMASHPASS_PLUGINS="bright",
        )
    )
    assert sorted(content["models"], key=lambda model: str(model["name"])) == [
        {
            "name": "bright one",
            "version": "2.5",
            "model": None,
            "address": None,
            "fills": ["plugin.bright"],
            "scores": [],
        },
        {
            "name": "oip",
            "version": None,
            "model": "faces",
            "address": "models.example:443",
            "fills": None,
            "scores": [],
        },
    ]
    assert "oip not asked yet, faces, models.example:443: any value that no other fills" in page
    assert "bright one 2.5: plugin.bright" in page
    assert "secret" not in page


def test_each_change_of_the_configuration_is_told(
    open_world: Callable[..., Any], plugin: None
) -> None:
    settings: dict[str, str] = {}
    before = told(open_world())
    for name, value in SETTINGS.items():
        settings[f"SMASHPASS_{name.upper()}"] = value
        after = told(open_world(**settings))
        assert after[0] != before[0], name
        assert after[1] != before[1], name
        before = after
    world = open_world(**settings)
    for name, act in ACTS.items():
        act(world.parts)
        after = told(world)
        assert after[0] != before[0], name
        assert after[1] != before[1], name
        before = after


def test_nothing_is_told_twice_in_two_ways(shared: Any) -> None:
    assert told(shared) == told(shared)


def test_the_page_says_what_the_api_says(open_world: Callable[..., Any]) -> None:
    content, page = told(open_world(SMASHPASS_OPERATOR="Ann <b>"))
    assert content["operator"] == {"name": "Ann <b>", "contact": None}
    assert "Ann &lt;b&gt;" in page
    for row in content["source_types"]:
        assert row["said"] in page
    assert sum(row["images"] for row in content["source_types"]) == content["library"]["images"]
    for kind in content["retention"]:
        assert kind["what"] in page
    (default_tree,) = [row for row in content["trees"] if row["default"]]
    ends = [line for line in default_tree["words"] if line["reason"]]
    assert ends
    names = {"smash": "Smash", "pass": "Pass"}
    texts = [label_outcome(line["said"], names) for line in default_tree["words"]]
    assert all(text in page for text in texts if "'" not in text)


def test_what_is_told_needs_no_database_once_it_runs(
    open_world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = open_world()
    world.look()
    world.parts.engine.dispose()
    (world.home / "smashpass.db").rename(world.home / "gone.db")
    (world.home / "smashpass.db").mkdir()
    content = world.nobody.good("/transparency")
    assert content["changes"] is None
    assert content["revision"]
    assert world.app.test_client().get("/transparency").status_code == 200


def test_1000_logged_decisions_follow_from_what_is_published(
    open_world: Callable[..., Any],
) -> None:
    world = open_world(SMASHPASS_DECISION_LOG_PERCENT="100")
    for number in range(5):
        viewer = world.new_viewer()
        for tree_id in ("faces", "avatars"):
            viewer.deck(n=100, tree=tree_id, seed=number)
    world.parts.recorder.close()
    lines = [
        line
        for path in sorted(world.parts.decision_folder.iterdir())
        for line in path.read_text().splitlines(keepends=True)
    ]

    published = world.nobody.good("/transparency")["revision"]
    files = world.nobody.good(f"/rules/{published}")["files"]
    book = RuleBook.of(published, load_texts(files).trees)
    words = world.parts.library.index.vocabulary
    replayed = list(replay(lines, {published: book}.__getitem__, lambda _version: words))

    assert len(replayed) == 1_000
    assert [record.id for record in replayed if not record.same] == []


def test_each_image_that_ai_made_says_so_in_words(open_world: Callable[..., Any]) -> None:
    world = open_world()
    for number, kind in enumerate(
        ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic")
    ):
        credit = Credit("AI", "CC0-1.0", kind, False, "creature", generator="x 1")
        imported(f"ai{number}", credit)(world.parts)
    world.look()
    cards = world.new_viewer().deck(n=100, q="source:AI")["cards"]
    assert len(cards) == 3
    assert all(card["credit"]["ai"] for card in cards)
    assert all("AI" in card["credit"]["made"] for card in cards)
    others = world.new_viewer().deck(n=100, q="-source:AI")["cards"]
    assert {card["credit"]["made"] for card in others} == {
        "drawn by a program",
        "drawn by a person",
    }
    assert not any(card["credit"]["ai"] for card in others)


def test_what_is_kept_of_viewers_is_read_off_the_tables(open_world: Callable[..., Any]) -> None:
    assert set(COLUMNS) == set(columns_about_viewers())
    content, page = told(open_world())
    assert content["stored"] == list(dict.fromkeys(column.what for column in COLUMNS.values()))
    assert content["kept_about_you"] == "; ".join(content["stored"])
    assert all(text in unescape(page) for text in content["stored"])
    assert content["biometrics"] == "none"
    logged = told(open_world(SMASHPASS_DECISION_LOG_PERCENT="7"))[0]["kept_about_you"]
    assert logged.endswith("; 7 % of the decisions made for you")


def test_a_column_that_nobody_described_is_told_by_its_name(
    open_world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(COLUMNS, "viewer.pace_day")
    content, page = told(open_world())
    assert "viewer.pace_day" in content["stored"]
    assert content["biometrics"] == "viewer.pace_day"
    assert "Biometrics: viewer.pace_day" in page


def test_models_are_shown_pictures_and_tags_and_nothing_of_the_viewer(
    open_world: Callable[..., Any],
) -> None:
    content, _ = told(open_world())
    assert content["models_are_shown"] == ["image", "sha256", "mime", "tags", "data"]
