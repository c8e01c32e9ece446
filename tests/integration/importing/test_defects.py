"""A manifest of 230 rows with 25 kinds of defect: each is told by its reason, none is shown."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.web.app import create_app

GOOD = {
    "tags": "hat,beard", "width": "8", "score": "0.5", "source": "shop", "licence": "CC0-1.0",
    "digital_source_type": "digitalCreation", "real_person": "false", "consent": "",
    "depicts": "creature", "author": "",
    "review_required": "",
}  # fmt: skip
DEFECTS = {
    "no_source": {"source": ""},
    "no_licence": {"licence": " "},
    "bad_licence": {"licence": "free for all"},
    "no_digital_source_type": {"digital_source_type": ""},
    "bad_digital_source_type": {"digital_source_type": "magic"},
    "no_real_person": {"real_person": ""},
    "bad_real_person": {"real_person": "maybe"},
    "no_consent": {"real_person": "true"},
    "no_depicts": {"depicts": ""},
    "bad_depicts": {"depicts": "landscape"},
    "under_age": {"depicts": "teen"},
    "under_age_tag": {"depicts": "adult", "tags": "hat,toddler"},
    "denied_tag": {"tags": "hat,gore"},
    "denied_alias": {"tags": "hat,blood_bath"},
    "denied_implication": {"tags": "hat,entrails"},
    "bad_size": {"width": "wide"},
    "bad_tags": {"tags": "['hat', 'beard"},
    "bad_text": {"author": "a\x07b"},
    "bad_path": {"file_name": "../out.png"},
    "review_required": {"review_required": "true"},
    "bad_review_required": {"review_required": "perhaps"},
    "no_key": {"file_name": ""},
    "no_file": {"file_name": "not-there.png"},
    "not_a_picture": {"file_name": "text.png"},
    "broken_picture": {"file_name": "cut.png"},
}
SAME = {"under_age_tag": "under_age", "denied_alias": "denied_tag",
        "denied_implication": "denied_tag", "no_key": "no_key"}  # fmt: skip
ROWS, BAD = 230, 50


@pytest.fixture
def site(tmp_path, monkeypatch, picture):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SMASHPASS_DENY_TAGS", "Gore")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "text.png").write_bytes(b"hello")
    (folder / "cut.png").write_bytes(picture()[:45])
    kinds = list(DEFECTS)
    rows = []
    for number in range(ROWS):
        row = GOOD | {"file_name": f"{number}.png"}
        place, off = divmod(number * BAD, ROWS)
        kind = kinds[place % len(kinds)] if off < BAD else ""
        rows.append((kind, row | DEFECTS.get(kind, {})))
        colour = (number % 256, number // 256, 77)
        (folder / f"{number}.png").write_bytes(picture(colour=colour))
    with (folder / "metadata.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0][1])
        table.writeheader()
        table.writerows(row for _, row in rows)
    words = tmp_path / "words.csv"
    words.write_text("name,aliases,implications\ngore,blood_bath,\nentrails,,gore\n")
    assert run(["tags", "import", str(words)]) == 0
    return folder, [kind for kind, _ in rows]


def summary_of(capsys) -> dict:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_no_defective_image_is_served_and_each_is_refused_with_its_reason(site, tmp_path, capsys):
    folder, kinds = site
    capsys.readouterr()
    command = ["import", str(folder), "--json", "--workers", "1"]
    assert run([*command, "--dry-run"]) == 3
    dry_summary = summary_of(capsys)
    assert run(command) == 3
    summary = summary_of(capsys)

    bad = sum(map(bool, kinds))
    assert len(DEFECTS) >= 20
    assert bad == BAD
    assert Counter(filter(None, kinds)) == dict.fromkeys(DEFECTS, 2)
    counted = ("read", "added", "changed", "unchanged", "refused", "quarantined")
    assert [summary[name] for name in counted] == [dry_summary[name] for name in counted]
    assert (summary["read"], summary["added"], summary["refused"]) == (ROWS, ROWS - bad, bad)

    log = Path(tmp_path / "home" / "runs" / str(summary["run"]) / "refused.jsonl")
    refusals = {record["line"]: record for record in map(json.loads, log.read_text().splitlines())}
    codes = {line: SAME.get(kind, kind) for line, kind in enumerate(kinds, 2) if kind}
    assert {line: record["code"] for line, record in refusals.items()} == codes
    assert all(record["reason"] for record in refusals.values())

    installation = Installation(load({"SMASHPASS_HOME": str(tmp_path / "home")}))
    installation.library.refresh()
    live = installation.library.index.live
    records = installation.catalogue.images(range(1, ROWS + 1))
    live_keys = {record.key for record in records if record.ordinal in live}
    assert live_keys == {f"{place}.png" for place, kind in enumerate(kinds) if not kind}
    hidden = [record for record in records if record.state == "quarantined"]
    assert len(hidden) == summary["quarantined"] > 20
    # Pictures in quarantine are kept for those who decide, and sent to nobody.
    small_pictures = len(list((tmp_path / "home" / "media").rglob("*-small.webp")))
    assert small_pictures == ROWS - bad + sum(bool(record.sha256) for record in hidden)
    client = create_app(load({"SMASHPASS_HOME": str(tmp_path / "home")})).test_client()
    for record in hidden[:10]:
        assert record.reason
        assert record.sha256
        assert client.get(f"/media/{record.sha256}-small.webp").status_code == 404
        assert run(["decide", "--image", installation.image_ids.encode(record.ordinal)]) == 1


def test_a_picture_taken_down_is_gone_and_no_import_brings_it_back(site, tmp_path, capsys):
    folder, kinds = site
    assert not kinds[1]
    capsys.readouterr()
    command = ["import", str(folder), "--json", "--workers", "1"]
    run(command)
    before = summary_of(capsys)
    files = set((tmp_path / "home" / "media").rglob("*.webp"))

    assert run(["takedown", str(folder / "1.png"), "--reason", "asked for", "--json"]) == 0

    assert len(summary_of(capsys)["images"]) == 1
    left = set((tmp_path / "home" / "media").rglob("*.webp"))
    assert len(files - left) == 1  # for both sizes: it is smaller than either
    (folder / "metadata.csv").write_text(
        ",".join((*GOOD, "file_name")) + "\n"
        + "".join(f"{','.join(GOOD.values())},{name}\n".replace("hat,beard", '"hat,beard"')
                  for name in ("1.png", "copy.png"))
    )  # fmt: skip
    (folder / "copy.png").write_bytes((folder / "1.png").read_bytes())
    for options in ([], ["--on-existing", "overwrite"]):
        assert run([*command, *options]) == 3
        assert summary_of(capsys)["added"] == 0
    assert set((tmp_path / "home" / "media").rglob("*.webp")) == left
    installation = Installation(load({"SMASHPASS_HOME": str(tmp_path / "home")}))
    installation.library.refresh()
    assert len(installation.library.index.live) == before["added"] - 1
