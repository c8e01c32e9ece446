"""The settings of the model server: its token, and what its outputs are called."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from smashpass.cli.main import run
from smashpass.core.errors import BadSetting
from smashpass.scoring.oip import smashpass_scorers
from smashpass.scoring.options import LONGEST_TOKEN, parse_outputs, read_token

TOKEN = "Zm9v.bar-baz_~+/="


@pytest.fixture
def token_file(tmp_path):
    """Writes a token file for its owner alone."""

    def write(content: bytes, mode: int = 0o600) -> Path:
        path = tmp_path / "token"
        path.write_bytes(content)
        path.chmod(mode)
        return path

    return write


class Given:
    def __init__(self, **values):
        self.values = values


def refused(path: Path) -> str:
    with pytest.raises(BadSetting) as caught:
        read_token(path)
    message = str(caught.value)
    assert message.startswith(f"SMASHPASS_SCORER_TOKEN_FILE: the token file {path} ")
    assert "secret" not in message
    return message


@pytest.mark.parametrize("content", [TOKEN, f"{TOKEN}\n", f" \r\n{TOKEN}\t\n\n"])
def test_a_token_is_what_stands_between_the_whitespace(token_file, content):
    assert read_token(token_file(content.encode())) == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o644, 0o610])
def test_a_token_that_others_may_read_is_refused(token_file, mode):
    assert "may be read by others; run: chmod 600 on it" in refused(token_file(b"secret", mode))


@pytest.mark.parametrize(
    "content",
    [
        b"secret one",
        b"secret\none",
        b"secret\x00",
        "secret\u00e4".encode(),
        b"s\xffecret",
        b"x" * (LONGEST_TOKEN + 1),
        b"secret\r\nX-Other: y",
    ],
)
def test_what_is_not_one_token_is_refused_and_not_told(token_file, content):
    assert "does not hold one token" in refused(token_file(content))


def test_a_token_file_without_a_token_is_refused(token_file, tmp_path):
    assert "is empty" in refused(token_file(b" \n"))
    assert "cannot be read: No such file" in refused(tmp_path / "absent")
    assert "is not a file" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "is not a file" in refused(tmp_path / "pipe")


def test_outputs_are_named_in_pairs():
    assert parse_outputs("Aesthetic-Score=aesthetic, NSFW = nsfw") == {
        "Aesthetic-Score": "aesthetic",
        "NSFW": "nsfw",
    }
    assert parse_outputs("a=b=c") == {"a=b": "c"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("aesthetic", "'aesthetic' is not of the form OUTPUT=ATTRIBUTE"),
        ("a=b,", "'' is not of the form"),
        (",", "'' is not of the form"),
        ("=b", "'=b' is not of the form"),
        ("a=", "'' is not the name of an attribute"),
        ("a=plugin.b", "'plugin.b' is not the name of an attribute"),
        ("a=B", "'B' is not the name of an attribute"),
        ("a=b,c=b", "two outputs fill plugin.b"),
        ("a=b,a=c", "the output 'a' is listed twice"),
    ],
)
def test_outputs_of_another_form_are_refused(text, why):
    with pytest.raises(BadSetting) as caught:
        parse_outputs(text)
    assert str(caught.value).startswith(f"SMASHPASS_SCORER_OUTPUTS: {why}")
    assert "Aesthetic-Score=aesthetic" in str(caught.value)


def test_settings_reach_the_server(model_server, items, token_file):
    (scorer,) = smashpass_scorers(
        Given(
            scorer_url=model_server.url,
            scorer_model="names",
            scorer_token_file=str(token_file(TOKEN.encode())),
            scorer_outputs="NSFW=nsfw",
        )
    )
    (score,) = scorer.score(items(b"x"), 20.0)
    assert score["plugin.nsfw"] == 0.25
    request = model_server.asked("names")[-1]
    assert request["headers"]["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://models.example:8000", True),
        ("http://10.0.0.7:8000", True),
        ("https://models.example", False),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://localhost:8000", False),
    ],
)
def test_a_token_that_travels_unencrypted_is_told_once(token_file, caplog, url, warned):
    token = token_file(TOKEN.encode())
    with caplog.at_level(logging.DEBUG):
        smashpass_scorers(Given(scorer_url=url, scorer_token_file=str(token)))
        smashpass_scorers(Given(scorer_url=url))
    assert len(caplog.records) == warned
    assert all("unencrypted" in record.getMessage() for record in caplog.records)
    assert TOKEN not in caplog.text


def test_settings_show_the_file_and_not_the_token(token_file, monkeypatch, capsys):
    path = token_file(TOKEN.encode())
    monkeypatch.setenv("SMASHPASS_SCORER_TOKEN_FILE", str(path))
    assert run(["settings"]) == 0
    shown = capsys.readouterr().out
    assert str(path) in shown
    assert TOKEN not in shown
