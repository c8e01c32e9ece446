"""``smashpass decide --replay``: logged decisions, made again."""

from __future__ import annotations

import json

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.settings import load
from smashpass.web.app import create_app


@pytest.fixture
def log(library: Installation, home):
    """The log of a deck of six cards."""
    return logged(library, home)


def logged(library: Installation, home):
    """Serve a deck of six cards, decide one of them alone, and return the log of it."""
    Container(library).rules.ensure_active()
    environment = {"SMASHPASS_HOME": str(home), "SMASHPASS_DECISION_LOG_PERCENT": "100"}
    app = create_app(load(environment))
    app.extensions["keeping_up"].poll()
    parts: Installation = app.extensions["smashpass"].installation
    client = app.test_client()
    token = client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    deck = client.get("/api/v1/deck?n=6&explain=1", headers=headers)
    assert len(deck.json["cards"]) == 6
    single_request = {"image": deck.json["cards"][0]["image"]}
    assert client.post("/api/v1/decisions", json=single_request, headers=headers).status_code == 200
    parts.recorder.close()
    parts.engine.dispose()
    (path,) = (home / "decisions").iterdir()
    return path


def test_what_was_logged_is_decided_the_same_again(smashpass, log):
    assert smashpass("decide", "--replay", str(log)).out == "7 decisions replayed, 0 differ\n"
    report = smashpass("decide", "--replay", str(log), "--json").json
    assert report == {"records": 7, "same": 7, "different": 0, "differences": []}


def test_what_was_logged_before_there_were_explanations_is_the_same_too(smashpass, log):
    records = [json.loads(line) for line in log.read_text().splitlines()]
    explained = [record["decision"] for record in records if "path" in record["decision"]]
    assert len(explained) == 6
    for decision in explained:
        del decision["explanation"], decision["branches"]
        for flip in decision["flip"]:
            del flip["text"]
    log.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert smashpass("decide", "--replay", str(log)).out == "7 decisions replayed, 0 differ\n"


def test_every_difference_is_told_and_the_command_fails(smashpass, log):
    lines = log.read_text().splitlines(keepends=True)
    record = json.loads(lines[2])
    record["decision"]["weight"] += 1
    lines[2] = json.dumps(record) + "\n"
    log.write_text("".join(lines))
    answer = smashpass("decide", "--replay", str(log))
    assert answer.code == 1
    first, last = answer.out.splitlines()
    assert first.startswith(f"{log}:3: {{'weight': ")
    assert last == "7 decisions replayed, 1 differ"
    (difference,) = smashpass("decide", "--replay", str(log), "--json").json["differences"]
    assert (difference["line"], difference["now"]["weight"]) == (
        3,
        record["decision"]["weight"] - 1,
    )


def test_rules_that_were_never_published_here_are_a_difference(smashpass, log):
    log.write_text(log.read_text().replace('"revision":"', '"revision":"ffff'))
    report = smashpass("decide", "--replay", str(log), "--json").json
    assert report["different"] == 7
    assert "there is no revision" in report["differences"][0]["why"]


@pytest.mark.parametrize("text", ["[]\n", "{}\n", "nothing\n", '{"decision": 1}\n'])
def test_a_file_that_is_no_log_is_one_line(smashpass, log, text):
    log.write_text(text)
    assert (
        f"{log}: line 1 is not a decision record"
        in smashpass("decide", "--replay", str(log)).failure
    )


def test_a_log_is_replayed_alone(smashpass, log):
    assert smashpass("decide", "--replay", str(log), "--tags", "beard").code == 2
    assert "cannot read the log" in smashpass("decide", "--replay", f"{log}x").failure


BY_HAND = """\
format: 1
id: hand
labels: [default]
root:
  if: {query: "by:hand"}
  then: {id: edited, verdict: smash, reason: "Edited by hand"}
  else:
    if: beard
    then: {id: beard, verdict: smash, reason: "A beard"}
    else:
      if: glasses
      then: {id: glasses, verdict: pass, reason: "Glasses"}
      else: {id: other, verdict: pass, reason: "Nothing of note"}
"""


def test_a_tree_that_asks_what_was_edited_by_hand_decides_the_same_again(
    smashpass, library, home, tmp_path
):
    (tmp_path / "hand.yaml").write_text(BY_HAND)
    assert smashpass("rules", "publish", "hand.yaml", "--reason", "r").code == 0
    path = logged(library, home)
    leaves = [json.loads(line)["decision"]["leaf"] for line in path.read_text().splitlines()]
    assert len(leaves) == 7
    assert set(leaves) <= {"edited", "beard", "glasses", "other"}
    report = smashpass("decide", "--replay", str(path), "--json").json
    assert report == {"records": 7, "same": 7, "different": 0, "differences": []}
