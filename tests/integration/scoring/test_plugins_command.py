"""``smashpass plugins``: what an operator sees of scorers."""

from __future__ import annotations

import json
import sys
import time

import pytest

from smashpass.cli.main import run

PLUGIN = """
    from smashpass.scoring.hooks import hookimpl
    from smashpass.services.scoring.ports import ScorerHealth

    class Sharp:
        name, version, attributes = "sharp", "0.3", ("plugin.sharp",)
        needs = ("picture", "tags")

        def score(self, batch, deadline_s):
            return [None for item in batch]
        {health}

    @hookimpl
    def smashpass_scorers(settings):
        return [Sharp()]
"""


@pytest.fixture
def listed(tmp_path, monkeypatch, capsys):
    """Runs ``smashpass plugins`` in a home that does not exist, with some settings."""
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))

    def listed_plugins(*options: str, code: int = 0, **settings: str) -> str:
        for name, value in settings.items():
            monkeypatch.setenv(f"SMASHPASS_{name}", value)
        assert run(["plugins", *options]) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    return listed_plugins


def test_without_a_scorer_one_line_says_so(listed):
    assert listed() == (
        "no scorer is configured; set SMASHPASS_SCORER_URL, SMASHPASS_SCORER_ONNX"
        " or SMASHPASS_PLUGINS\n"
    )
    assert json.loads(listed("--json")) == {"scorers": [], "not_enabled": [], "collab": None}


def test_a_model_server_is_shown_with_what_it_says_of_itself(listed, model_server):
    settings = {"SCORER_URL": model_server.url, "SCORER_MODEL": "declared"}
    lines = listed(**settings).splitlines()
    assert lines[0] == "oip"
    facts = {line[2:14].strip(): line[14:] for line in lines[1:]}
    assert facts["package"] == "built in"
    assert facts["model"] == "declared"
    assert facts["attributes"] == "any that no other fills"
    assert facts["needs"] == "picture"
    assert facts["health"].startswith("reachable, fault server")
    assert "plugin.aesthetic" in facts["health"]
    assert facts["scores"] == "none kept yet"
    (scorer,) = json.loads(listed("--json"))["scorers"]
    assert scorer["health"]["reachable"] is True
    assert (scorer["package"], scorer["attributes"], scorer["needs"]) == (None, None, ["picture"])


def test_a_server_that_is_away_or_takes_no_pictures_is_told_in_words(
    listed, model_server, closed_port
):
    text = listed(SCORER_URL=f"http://127.0.0.1:{closed_port}")
    assert "not reachable: unreachable: Connection refused" in text
    text = listed(SCORER_URL=model_server.url, SCORER_MODEL="takes_pixels")
    assert "takes pixels FP32" in text


def test_a_plugin_is_shown_with_its_package(listed, installed):
    installed("sharp-plugin", PLUGIN.format(health=""))
    (scorer,) = json.loads(listed("--json", PLUGINS="sharp-plugin"))["scorers"]
    assert (scorer["name"], scorer["version"]) == ("sharp", "0.3")
    assert (scorer["package"], scorer["package_version"]) == ("sharp-plugin", "1.0")
    assert (scorer["attributes"], scorer["needs"]) == (["plugin.sharp"], ["picture", "tags"])
    assert scorer["health"] is None
    text = listed()
    assert "  health      no health check\n" in text
    assert "  scores      looks at tags, so its scores are kept in memory only\n" in text


def test_a_plugin_that_is_not_enabled_is_named_and_not_imported(listed, installed):
    installed("quiet-plugin", PLUGIN.format(health=""))
    line = "quiet-plugin (quiet-plugin 1.0): installed, not enabled: add it to SMASHPASS_PLUGINS"
    assert line in listed()
    package = {"name": "quiet-plugin", "package": "quiet-plugin", "version": "1.0"}
    assert json.loads(listed("--json"))["not_enabled"] == [package]
    assert "plugin_quiet_plugin" not in sys.modules


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return ScorerHealth(True, 'its weights are old')", "reachable, but its weights are old"),
        ("raise RuntimeError('no weights')", "health check failed: RuntimeError: no weights"),
        ("return 5", "returns no ScorerHealth"),
        ("import time; time.sleep(30)", "did not say how it fares within 2 s"),
    ],
)
def test_whatever_a_health_check_does_there_is_an_answer_in_time(listed, installed, body, says):
    health = f"\n        def health(self, deadline_s):\n            {body}\n"
    installed("sick-plugin", PLUGIN.format(health=health))
    started = time.monotonic()
    assert says in listed(PLUGINS="sick-plugin")
    assert time.monotonic() - started < 5


def test_a_plugin_that_nobody_installed_is_a_wrong_setting(listed):
    assert "no plugin 'nowhere' is installed" in listed(PLUGINS="nowhere", code=2)


def test_help_has_an_example(listed):
    assert "Example: smashpass plugins --json" in listed("--help")
