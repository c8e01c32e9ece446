"""What the page about scoring says of reasons, settings and servers."""

from __future__ import annotations

import re

from smashpass.services.scoring import ports
from smashpass.settings import TABLE
from tests.integration.scoring.foreign.test_foreign_servers import SERVERS
from tests.support.paths import ROOT

TEXT = (ROOT / "docs" / "scoring.md").read_text()


def test_every_reason_is_explained_and_no_other() -> None:
    rows = TEXT.partition("| `fallback` |")[2].partition("\n\n")[0]
    reasons = {
        value
        for name, value in vars(ports).items()
        if name.isupper() and isinstance(value, str) and re.fullmatch(r"[a-z_]+", value)
    }
    assert len(reasons) >= 10
    assert sorted(re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)) == sorted(reasons)
    language = (ROOT / "docs" / "rules-language.md").read_text()
    assert [reason for reason in reasons if reason not in language] == []


def test_settings_exist() -> None:
    variables = {setting.variable for setting in TABLE}
    assert set(re.findall(r"SMASHPASS_\w+", TEXT)) <= variables


def test_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert len(links) == 7
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_servers_that_are_said_to_be_run_are_run() -> None:
    rows = [row for row in TEXT.splitlines() if re.search(r"\| yes \|", row)]
    assert len(rows) == len(SERVERS)
    for (_, version, binary), row in zip(SERVERS.values(), rows, strict=True):
        assert version in row
        assert ("binary tensors" in row) == binary
