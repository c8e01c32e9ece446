"""The operator's name, verdicts and colour on every page, and the words of the API as they were."""

from __future__ import annotations

import html
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from smashpass.bootstrap.container import Container
from smashpass.core.imageset import Ordinal
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.people.swipe import Swipe
from smashpass.core.rules.tree import leaves
from smashpass.rulefiles.load import load, load_texts
from smashpass.services.rules.authoring.outline import describe_reason
from smashpass.settings import load as load_settings
from smashpass.web.accent import shades
from smashpass.web.admin.blueprint import admin_pages
from smashpass.web.app import create_app
from smashpass.web.languages import label_outcome
from tests.support.admin import Person, person
from tests.support.trees import tree

ACCENT = "#d32f2f"
SETTINGS = {
    "SMASHPASS_LABEL_SMASH": "Love it",
    "SMASHPASS_LABEL_PASS": "Nah",
    "SMASHPASS_LABEL_APP_NAME": "Petpick",
    "SMASHPASS_ACCENT_COLOUR": ACCENT,
}
DAY_US = 86_400_000_000
VERDICTS = re.compile(r"\b(smash|pass)(e[sd]|ing)?\b", re.IGNORECASE)
RULE_TESTS = re.compile(r"\btests (of these trees )?pass\b|✓ passes\b")
"""Tests of rule files pass or fail: the English word, not the verdict."""
NOT_VERDICTS = re.compile(r"<(code|pre|textarea|script)\b.*?</\1>|\{\w+\}", re.DOTALL)
"""Queries such as ``my:smashed``, attributes such as ``image.smash_rate``, YAML as written, and
what modules fill in: ``{smashed}``."""
RULES = Path(__file__).resolve().parents[3] / "rules"
RULE_TEXTS = [
    describe_reason(leaf) for rule_tree in load([RULES]).trees for leaf in leaves(rule_tree.root)
]
"""Reasons of leaves, which are shown as their authors wrote them."""
PAGES = ("/", "/welcome", "/me", "/settings", "/about", "/help", "/taste", "/nowhere")
MOST_OF_ONE_KIND = 3
NOT_PAGES = [
    "/quarantine/<image>/picture",
    "/rules/revisions/<number>/files/<path:path>",
    "/tags/-/export.jsonl",
    "/tags/-/names",
]
"""Routes that answer with files, or to modules."""


def shown_words(page: str) -> str:
    """What a page says: text between tags, and the attributes that people see or hear."""
    visible = NOT_VERDICTS.sub(" ", page)
    names = "alt|aria-label|title|placeholder|content|data-[a-z]+"
    said = re.findall(rf'\s(?:{names})="([^"]*)"', visible)
    said = [text for text in said if not text.startswith(("/", "http")) and " " in text]
    return html.unescape("\n".join([re.sub(r"<[^>]*>", "\n", visible), *said]))


def left_over(page: str) -> list[str]:
    """The lines of a page that name a verdict by the words of the API."""
    words = RULE_TESTS.sub("", shown_words(page))
    for reason in RULE_TEXTS:
        words = words.replace(reason, "")
    return [line.strip() for line in words.split("\n") if VERDICTS.search(line)]


@pytest.fixture
def app(filled_home: Path, tmp_path: Path) -> Iterator[Flask]:
    """An application with names of its own, swipes that were counted, a draft and a canary."""
    home = tmp_path / "home"
    shutil.copytree(filled_home, home)
    application = create_app(
        load_settings({"SMASHPASS_HOME": str(home), "SMASHPASS_LOG_LEVEL": "error", **SETTINGS})
    )
    parts = application.extensions["smashpass"].installation
    for _ in range(20):
        viewer = parts.viewers.create("18+").id
        swipes = [
            Swipe(f"s{image}", Ordinal(image), verdict, DAY_US * 20_000, "smash")
            for image, verdict in ((1, "smash"), (2, "pass"))
        ]
        parts.swipes.record(viewer, swipes)
    Container(parts).maintenance.count_swipes("test")
    rules = load_texts({"t.yaml": tree("t")})
    parts.publishing.publish(rules, by="ann", origin="test", reason="first")
    parts.rules.refresh()
    changed = load_texts({"t.yaml": tree("t").replace("verdict: pass", "verdict: smash")})
    parts.canarying.start(changed, 20, whole=True, by="ann", origin="test")
    held = ImageRow("held", (), Credit("shop", "", "digitalArt", False, "creature"), line=1,
                    refusal="licence is missing")  # fmt: skip
    run = parts.runs.start("shop", {})
    parts.catalogue.write_rows(run, [held], on_existing="skip", position=1)
    parts.runs.finish(run)
    job = {"query": "beard", "add": [], "remove": [], "by": "admin", "reason": "test"}
    parts.jobs.enqueue("bulk_tags", job, total=3)
    parts.jobs.enqueue("import", {"source": "shop", "by": "admin"})
    application.extensions["keeping_up"].poll()
    notice = {"image": parts.image_ids.encode(Ordinal(3)), "kind": "other", "reason": "look"}
    answer = application.test_client().post("/api/v1/notices", json=notice)
    assert answer.status_code == 201, answer.text
    yield application
    parts.engine.dispose()


@pytest.fixture
def admin(app: Flask) -> Person:
    """Somebody who may see every page, with a draft of their own."""
    signed_in = person(app, "admin")
    changed = tree("t").replace("verdict: pass", "verdict: smash")
    base = "2"
    answer = signed_in.submit("/rules/edit/t.yaml", text=changed, seen="0", base=base)
    assert answer.status_code == 303, answer.text
    return signed_in


def pages_of(app: Flask, admin: Person, start: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (route, address, page) of all admin pages that links lead to, few of each route."""
    waiting, asked, by_route = list(start), set(start), Counter[str]()
    while waiting:
        address = waiting.pop(0)
        parts = urlsplit(address)
        rule, _ = app.url_map.bind("").match(parts.path, return_rule=True)
        by_route[rule.rule] += 1
        if by_route[rule.rule] > MOST_OF_ONE_KIND:
            continue
        answer = admin.client.get(address, follow_redirects=True)
        assert answer.status_code < 500, address
        if answer.content_type.startswith("text/html"):
            yield rule.rule, address, answer.text
            links = (html.unescape(link) for link in re.findall(r'href="([^"]+)"', answer.text))
            for link in links:
                target = urljoin(address, link).partition("#")[0]
                is_page = target.startswith("/admin") and "/assets/" not in target
                if is_page and target not in asked:
                    asked.add(target)
                    waiting.append(target)


def test_no_admin_page_has_the_words_of_the_api(app: Flask, admin: Person) -> None:
    image = app.extensions["smashpass"].images.id_of(Ordinal(1))
    start = [
        "/admin",
        f"/admin/images/{image}",
        f"/admin/rules/trace?image={image}",
        "/admin/rules/trace?tags=beard",
        "/admin/rules/edit/t.yaml",
        "/admin/rules/review",
        "/admin/rules/review/swipes",
        "/admin/bulk",
        "/admin/bulk/1",
        "/admin/rules/new?path=trees/new.yaml",
        "/admin/tags/-?name=beard",
    ]
    seen: dict[str, list[str]] = {}
    texts = []
    for route, address, page in pages_of(app, admin, start):
        seen.setdefault(route, []).append(address)
        assert left_over(page) == [], address
        assert "Petpick" in page or "<html" not in page, address
        texts.append(shown_words(page))
    reached = {route.removeprefix("/admin") for route in seen}
    every = {
        page.path
        for page in admin_pages()
        if page.method == "GET" and not page.path.endswith((".csv", ".json"))
    }
    assert sorted(every - reached) == NOT_PAGES
    assert any("Love it 60" in text for text in texts)
    assert any("Flip to Nah" in text for text in texts)
    assert any("flip to Love it" in text for text in texts)


@pytest.mark.parametrize("known", [False, True], ids=["nobody", "viewer"])
def test_no_swipe_page_has_the_words_of_the_api(app: Flask, known: bool) -> None:
    client = app.test_client()
    if known:
        swipe_thirty(client)
    for path in PAGES:
        page = client.get(path, headers={"Accept": "text/html"}).text
        assert left_over(page) == [], path
        assert "Petpick" in page, path
        assert not re.search("smash or pass", page, re.IGNORECASE), path
    assert client.get("/manifest.webmanifest").json["name"] == "Petpick"


def swipe_thirty(client: FlaskClient) -> None:
    """Become a viewer, and say enough for results."""
    client.post("/api/v1/viewers", json={"age_band": "18+"})
    for number in range(2):
        cards = client.get("/api/v1/deck?n=20").json["cards"]
        swipes = [
            {
                "id": f"{number}-{place}",
                "image": card["image"],
                "verdict": ("smash", "pass")[place % 2],
                "at": "2026-11-01T12:00:00Z",
            }
            for place, card in enumerate(cards)
        ]
        assert client.post("/api/v1/swipes", json={"swipes": swipes}).status_code == 200


def test_the_api_keeps_its_words(app: Flask) -> None:
    client = app.test_client()
    client.post("/api/v1/viewers", json={"age_band": "18+"})
    deck = client.get("/api/v1/deck?n=20&explain=1").json
    assert {card["decision"]["verdict"] for card in deck["cards"]} <= {"smash", "pass"}
    assert "Love it" not in client.get("/api/v1/transparency").text


def test_the_accent_comes_after_the_style_sheet_on_all_pages(app: Flask, admin: Person) -> None:
    for page in (app.test_client().get("/help").text, admin.get("/rules").text):
        sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
        assert sheets[0].endswith("/style.css")
        assert sheets[1].endswith("/accent.css")
    sheet = app.test_client().get(sheets[1])
    light, dark = shades(ACCENT)
    assert sheet.text == f":root {{ --accent: light-dark({light}, {dark}); }}\n"
    assert sheet.content_type == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["Cache-Control"]
    assert f'"{sheets[1]}"' in app.test_client().get("/sw.js").text


def test_without_the_setting_there_is_no_further_style_sheet(shared) -> None:  # type: ignore[no-untyped-def]
    client = shared.app.test_client()
    assert "accent.css" not in client.get("/help").text
    assert "accent.css" not in client.get("/sw.js").text


@pytest.mark.parametrize(
    ("text", "labelled"),
    [
        ("smash 80", "Love it 80"),
        ("smash 3 : pass 1", "Love it 3 : Nah 1"),
        ("pass 70: they smash 5 of us, or pass 6", "Nah 70: they smash 5 of us, or pass 6"),
        ("smash and beard?", "smash and beard?"),
        ("is it smash 3", "is it smash 3"),
        ("", ""),
    ],
)
def test_only_what_a_leaf_decides_gets_the_names_of_the_verdicts(text: str, labelled: str) -> None:
    assert label_outcome(text, {"smash": "Love it", "pass": "Nah"}) == labelled
