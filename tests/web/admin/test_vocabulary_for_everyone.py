"""The pages of tags, imports and jobs for everyone: axe-core, widths, weight."""

from __future__ import annotations

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run as smashpass
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.settings import load
from tests.support.axe import NARROW, check_in_colours, check_with_axe, scrolls_sideways

HEAD = "id,tags,licence,source,digital_source_type,real_person,depicts\n"
GOOD = "MIT,shop,digitalCreation,false,creature"
DICTIONARY = "name,category\nbeard,face\nbad|name,face\n"


@pytest.fixture
def served(desk):
    """The installation behind the server."""
    parts = Installation(load({"SMASHPASS_HOME": str(desk.home)}))
    yield parts
    parts.engine.dispose()


def check_page(page, where):
    page.set_viewport_size({"width": 1280, "height": 720})
    check_in_colours(page, where)
    assert page.evaluate("document.querySelectorAll('*').length") < 1_500, where
    assert not scrolls_sideways(page), where
    page.set_viewport_size(NARROW)
    check_with_axe(page, where=(where, "narrow"))
    assert not scrolls_sideways(page), where


def test_pages_of_tags_are_for_everyone(desk, served, tmp_path):
    words = [f"a_rather_long_name_of_a_tag_number_{number:03}" for number in range(150)]
    plan = VocabularyPlan(
        aliased=(("whiskers", "beard"), *((f"{word}_alias", "beard") for word in words)),
        implied=(*((word, "beard") for word in words), ("beard", "hairy"), ("hairy", "animal")),
        described=tuple(
            (word, (f"category {place % 9}", "", "")) for place, word in enumerate(words)
        ),
    )
    served.catalogue.edit_vocabulary(plan, by="ann", origin="t", reason="because")
    paths = (
        "tags", "tags?prefix=whis", "tags?prefix=baerd", "tags?category=*&page=2", "tags/beard",
        f"tags/{words[0]}", "tags/-/import", "tags/-/preview?act=rename&tag=beard&other=whiskered",
        "tags/-/preview?act=describe&tag=beard&category=face",
        "tags/-/preview?act=imply&tag=smile&other=mood",
    )  # fmt: skip
    dictionary = tmp_path / "words.csv"
    dictionary.write_text(DICTIONARY)
    with desk.browser_as("editor") as page:
        for path in paths:
            page.goto(f"{desk.address}/admin/{path}")
            check_page(page, path)
        page.goto(f"{desk.address}/admin/tags/-/import")
        page.set_input_files("[name=file]", dictionary)
        page.fill("[name=reason]", "because")
        page.click("[value=look]")
        page.wait_for_selector("[name=fingerprint]", state="attached")
        check_page(page, "preview of a file of tags")


def test_pages_of_imports_and_jobs_are_for_everyone(desk, served, tmp_path, monkeypatch):
    monkeypatch.setenv("SMASHPASS_HOME", str(desk.home))
    collection = tmp_path / f"{'a-long-name-without-a-space' * 4}.csv"
    rows = [f"{number},hat,{GOOD}" for number in range(3)]
    rows += [f"bad{number},hat,,{GOOD[4:]}" for number in range(120)]
    rows.append(f'dropped,"a,*",{GOOD}')
    collection.write_text(HEAD + "".join(f"{row}\n" for row in rows))
    smashpass(["import", str(collection)])
    (run, *_) = served.runs.latest()
    assert (run.added, run.refused) == (4, 120)
    failed = served.jobs.enqueue("import", {"source": str(tmp_path / "absent"), "by": "editor"})
    served.jobs.finish(served.jobs.take(["import"]), "failed", error="there is no such file")
    waiting = served.jobs.enqueue("import", {"source": str(collection), "by": "editor"})
    paths = (
        "imports", f"imports/{run.id}", f"imports/{run.id}/refused", "jobs",
        f"imports/{run.id}/refused?page=2", f"imports/jobs/{waiting}", f"imports/jobs/{failed}",
    )  # fmt: skip
    with desk.browser_as("editor") as page:
        for path in paths:
            page.goto(f"{desk.address}/admin/{path}")
            check_page(page, path)
