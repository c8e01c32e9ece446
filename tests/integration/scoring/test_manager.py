"""Plugins: found by entry points, loaded only if they are named."""

from __future__ import annotations

import subprocess
import sys

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadSetting, NotPossible
from smashpass.core.library.model_version import ModelVersion
from smashpass.scoring.manager import load_scorers
from smashpass.services.scoring.cache import KnownScore, ScoreCache
from smashpass.services.scoring.ports import InstalledPlugin, Item
from smashpass.settings import load

GOOD = """
    from smashpass.scoring.hooks import hookimpl

    class Bright:
        name, version, attributes = "bright", "0.1", ("plugin.bright",)

        def score(self, batch, deadline_s):
            return [{"plugin.bright": len(item.tags)} for item in batch]

    @hookimpl
    def smashpass_scorers(settings):
        assert settings.values["scorer_model"] == "smashpass"
        return [Bright()]
"""


class Given:
    def __init__(self):
        self.values = {"scorer_url": None, "scorer_model": "smashpass"}


class GivenServer(Given):
    """The settings of an operator who also has a model server."""

    def __init__(self):
        super().__init__()
        self.values["scorer_url"] = "http://127.0.0.1:9"


def test_a_plugin_that_is_named_gives_its_scorers(installed):
    installed("bright-one", GOOD)
    (provided,) = load_scorers(Given(), ["bright-one"])
    scorer = provided.scorer
    assert provided.plugin == InstalledPlugin("bright-one", "bright-one", "1.0")
    item = Item("i1", "", "", ("hat", "beard"), bytes)
    assert scorer.name == "bright"
    assert scorer.score([item], 1) == [{"plugin.bright": 2}]


def test_a_plugin_that_is_installed_and_not_named_is_not_even_imported(installed):
    installed("bright-two", GOOD)
    assert load_scorers(Given(), []) == []
    assert "plugin_bright_two" not in sys.modules


def test_a_name_that_nobody_installed_is_a_wrong_setting():
    with pytest.raises(BadSetting) as caught:
        load_scorers(Given(), ["nowhere"])
    assert "SMASHPASS_PLUGINS" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise RuntimeError('boom')", "boom"),
        ("import no_such_module_at_all", "no_such_module_at_all"),
        ("def no function:", "SyntaxError"),
        (GOOD.replace("return [Bright()]", "raise KeyError('gone')"), "gone"),
        (GOOD.replace('"bright", "0.1"', '5, "0.1"'), "not a text"),
        (GOOD.replace("return [Bright()]", "return [object()]"), "no name"),
        (GOOD.replace("return [Bright()]", "return 5"), "TypeError"),
        (GOOD.replace('("plugin.bright",)', '("bright",)'), "not a plugin attribute"),
        (GOOD.replace('"0.1"', "0.1"), "not a text"),
        (GOOD.replace("[Bright()]", "[Bright(), Bright()]"), "already"),
        (GOOD.replace("(settings)", "(settings, more)"), "more"),
        ("import sys; sys.exit('no GPU')", "no GPU"),
        (GOOD.replace("return [Bright()]", "raise SystemExit(3)"), "SystemExit"),
        (GOOD.replace('("plugin.bright",)', "5"), "not a list"),
        (GOOD.replace('("plugin.bright",)', '"plugin.bright"'), "not a list"),
        (GOOD.replace('("plugin.bright",)', "property(lambda self: 1 / 0)"), "ZeroDivision"),
        (GOOD.replace('"bright", "0.1"', '"", "0.1"'), "empty"),
        (GOOD.replace('("plugin.bright",)', "None").replace("[B", "[Bright(), B"), "same name"),
        (GOOD.replace('"bright", "0.1"', '"oip", "0.1"'), "same name"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_told_at_the_start(installed, code, says):
    installed("broken", code)
    with pytest.raises(NotPossible) as caught:
        load_scorers(GivenServer(), ["broken"])
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("needs", "says"),
    [
        ("('tags', 'viewer')", "data of viewers"),
        ("('sound',)", "'sound'"),
        ("'tags'", "not a list"),
    ],
)
def test_a_scorer_that_needs_what_none_gets_is_refused(installed, needs, says):
    code = GOOD.replace("        def score", f"        needs = {needs}\n\n        def score")
    installed("needy", code)
    with pytest.raises(NotPossible) as caught:
        load_scorers(Given(), ["needy"])
    assert says in str(caught.value)


def test_the_setting_lists_names_separated_by_commas():
    assert load({}).names("plugins") == load({"SMASHPASS_PLUGINS": " , "}).names("plugins") == []
    listed = load({"SMASHPASS_PLUGINS": " one, two,one,,"})
    assert listed.names("plugins") == ["one", "two"]


def test_an_installation_has_its_scorers(installed, tmp_path):
    installed("bright-three", GOOD)
    environment = {
        "SMASHPASS_HOME": str(tmp_path / "home"),
        "SMASHPASS_PLUGINS": "bright-three",
        "SMASHPASS_SCORER_URL": "http://127.0.0.1:9",
    }
    scoring = Installation(load(environment)).scoring
    assert sorted(scorer.name for scorer in scoring.scorers) == ["bright", "oip"]


@pytest.mark.parametrize("text", ["0", "1501", "-5", "3e2", "soon", "", "٣٠٠"])
def test_a_deadline_is_a_number_of_milliseconds(tmp_path, text):
    environment = {"SMASHPASS_HOME": str(tmp_path), "SMASHPASS_SCORER_DEADLINE_MS": text}
    if text == "":
        assert load(environment).whole("scorer_deadline_ms") == 300
        return
    with pytest.raises(BadSetting):
        load(environment)


def test_scorers_and_pictures_are_not_loaded_before_they_are_needed():
    code = "import sys, smashpass.bootstrap.installation; print(*sys.modules)"
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"pluggy", "PIL", "http.client", "ssl"} & set(process.stdout.split())


def test_only_so_many_numbers_are_remembered_and_the_oldest_go_first():
    version = ModelVersion("scorer", "", "1", "")
    scores = [
        KnownScore({"plugin.a": float(n)}, version, is_stored=False, since=0.0) for n in range(4)
    ]
    cache = ScoreCache(entries=3)
    for number in range(3):
        cache.put((str(number), 0), scores[number])
    assert cache.get(("0", 0)) is scores[0]
    cache.put(("3", 0), scores[3])
    assert len(cache) == 3
    assert cache.get(("1", 0)) is None
    assert cache.get(("0", 0)) is scores[0]
