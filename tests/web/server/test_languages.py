"""The pages in every language: complete catalogues, the right one chosen, the operator's words."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest

from smashpass.core.errors import BadSetting
from smashpass.settings import load
from smashpass.web.languages import LANGUAGES, PSEUDO
from tests.support import catalogues
from tests.support.paths import ROOT

LOCALES = [language.locale for language in (*LANGUAGES[1:], PSEUDO)]
PAGES = ["/", "/welcome", "/me", "/about", "/help"]


def forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else [str(form) for form in text]  # type: ignore[attr-defined]


@pytest.fixture
def client(shared):
    return shared.app.test_client()


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_has_a_translation_and_none_is_left_over(locale: str) -> None:
    source_texts = {text for _, text in catalogues.texts()}
    translated = {message.id: message for message in catalogues.read(locale) if message.id}

    assert set(translated) == source_texts
    assert [
        text
        for text, translation in translated.items()
        if translation.fuzzy or not all(forms(translation.string))
    ] == []


def test_texts_are_collected_under_every_name_that_programs_ask_by() -> None:
    asked_by: dict[str, Path] = {}
    for path in sorted((ROOT / "smashpass").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "flask_babel":
                for alias in node.names:
                    if alias.name.endswith("gettext"):
                        asked_by[alias.asname or alias.name] = path
                        assert path.is_relative_to(catalogues.PROGRAMS), path

    assert {"_", "_l"} <= set(asked_by) <= set(catalogues.KEYWORDS)


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_fill_in_what_the_text_fills_in(locale: str) -> None:
    def filled(text: str) -> list[str]:
        return sorted(catalogues.PLACEHOLDER.findall(text))

    for message in catalogues.read(locale):
        if message.id:
            more = forms(message.id)[-1]
            for form in forms(message.string):
                few = filled(forms(message.id)[0])
                assert filled(form) in (filled(more), few), message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_catalogue_is_that_of_the_texts(locale: str) -> None:
    path = catalogues.path_of(locale)
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for message in catalogues.read(locale):
        if isinstance(message.id, str) and message.id:
            assert compiled.gettext(message.id) == message.string
        elif message.id:
            compiled_forms = {compiled.ngettext(*message.id, number) for number in range(200)}
            assert compiled_forms == set(message.string)


def test_the_pseudo_locale_is_that_of_the_texts_of_today() -> None:
    expected = {message.id: message.string for message in catalogues.pseudo()}
    stored = {message.id: message.string for message in catalogues.read(PSEUDO.locale)}

    expected.pop(""), stored.pop("")
    assert expected == stored
    assert len(expected) > 250


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("de", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("fr, en;q=0.8, de;q=0.9", "de"),
        ("fr", "en"),
        ("ar-XB", "en"),  # the pseudo-locale is for translators, by its name
        ("", "en"),
        ("*;q=;;", "en"),
    ],
)
def test_a_page_is_in_the_language_that_the_browser_asks_for(client, accepted, tag) -> None:
    answer = client.get("/help", headers={"Accept-Language": accepted})

    assert answer.headers["Content-Language"] == tag
    assert f'<html lang="{tag}" dir="ltr"' in answer.text
    assert {"Accept-Language", "Cookie"} <= set(answer.vary)


def test_what_was_chosen_counts_more_than_what_the_browser_asks_for(client) -> None:
    chosen = client.post("/language", data={"language": "de", "page": "help_page"})
    assert (chosen.status_code, chosen.location) == (303, "/help")

    answer = client.get("/help", headers={"Accept-Language": "en"})
    assert "<h1>Hilfe</h1>" in answer.text

    client.post("/language", data={"language": "en", "page": "about"})
    assert "<h1>Help</h1>" in client.get("/help", headers={"Accept-Language": "de"}).text


@pytest.mark.parametrize("page", ["", "//elsewhere.example", "admin", "pages.mine", "/me"])
def test_a_language_is_never_the_way_to_another_site(client, page) -> None:
    assert client.post("/language", data={"language": "de", "page": page}).location == "/"


@pytest.mark.parametrize("tag", ["", "xx", "../de", "de\r\nSet-Cookie: a=b"])
def test_a_language_that_is_not_there_is_refused(client, tag) -> None:
    answer = client.post("/language", data={"language": tag})

    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_no_page_in_pseudo_has_a_text_that_cannot_be_translated(client, path) -> None:
    """Each text of the templates has its tail; what is left is data: names, numbers, code."""
    client.set_cookie("language", PSEUDO.tag)
    html = client.get(path).text

    assert '<html lang="ar-XB" dir="rtl"' in html
    plain = re.sub(r"<(code|kbd|svg|script)\b.*?</\1>", "", html, flags=re.DOTALL)
    plain = re.sub(
        r"<(details|ul class=\"(?:trees|steps|examples)\").*?</(details|ul)>",
        "",
        plain,
        flags=re.DOTALL,
    )
    visible = [text_node.strip() for text_node in re.findall(r">([^<>]*[A-Za-z]{3}[^<>]*)<", plain)]
    attributes = re.findall(
        r'(?:aria-label|placeholder|alt|title)="([^"]*[A-Za-z]{3}[^"]*)"', plain
    )
    allowed = {"Smash or pass", "Smash", "Pass", "English", "Deutsch", "(JSON)"}
    data = {
        "demo",
        "CC0-1.0",
        "CC-BY-4.0",
        "Other",
        "other",
        "blonde hair, beard, -glasses",
        "beard -hat",
    }
    left = {
        text
        for text in (*visible, *attributes)
        if "õ" not in text and text not in allowed | data and not text.startswith(("/api", "{"))
    }
    assert {text for text in left if not text.endswith("Smash or pass")} == set()


def test_the_operator_names_the_verdicts_and_the_api_keeps_its_words(open_world) -> None:
    words = {"LABEL_SMASH": "Like <b>", "LABEL_PASS": "Skip", "LABEL_APP_NAME": "Like & skip"}
    application = open_world(**{f"SMASHPASS_{name}": text for name, text in words.items()})
    client = application.app.test_client()
    client.post("/api/v1/viewers", json={"age_band": "18+"})

    for path in PAGES:
        html = client.get(path).text
        assert "Like &amp; skip" in html
        assert "Like &lt;b&gt;" in html
        assert not re.search(r">[^<>]*\b(Smash|Pass)\b", html), path
    assert client.get("/manifest.webmanifest").json["name"] == "Like & skip"
    deck = client.get("/api/v1/deck?n=20").json
    assert {card["decision"]["verdict"] for card in deck["cards"]} <= {"smash", "pass"}


@pytest.mark.parametrize(
    ("name", "text"), [("LABEL_SMASH", "x" * 13), ("LABEL_APP_NAME", "x" * 41)]
)
def test_a_word_that_no_button_can_hold_is_refused(name: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"SMASHPASS_{name} has {len(text)} characters"):
        load({f"SMASHPASS_{name}": text})
