"""The files the pages are made of: small, kept for ever, changed with their content."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from smashpass.settings import load
from smashpass.web.languages import add_languages
from smashpass.web.pages.assets import Assets
from smashpass.web.pages.routes import make_pages
from tests.support.paths import ROOT

STATIC = ROOT / "smashpass" / "web" / "static"


@pytest.fixture
def client():
    app = Flask("pages")
    pages = make_pages(
        is_known_viewer=lambda: True, facts=dict, examples=lambda: (), app_name="Smash or pass"
    )
    pages.add_url_rule("/taste", "taste", lambda: "")  # made by what knows the viewers
    app.register_blueprint(pages)
    add_languages(app, load({}))
    return app.test_client()


def addresses(html: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/assets/[^"]+)"', html)


def packed_size(client, address: str) -> int:
    return len(client.get(address, headers={"Accept-Encoding": "gzip"}).data)


def test_the_swipe_page_is_light(client):
    used = addresses(client.get("/").text)
    modules = sum(packed_size(client, address) for address in set(used) if address.endswith(".js"))
    sheet = sum(packed_size(client, address) for address in set(used) if address.endswith(".css"))

    assert 5_000 < modules <= 15 * 1024
    assert 1_000 < sheet <= 12 * 1024


def test_every_module_a_page_imports_is_announced_to_the_browser(client):
    used = {address.rpartition("/")[2] for address in addresses(client.get("/").text)}
    imported = {
        name
        for address in used
        if address.endswith(".js")
        for name in re.findall(r'from "\./([\w.]+)"', (STATIC / "js" / address).read_text())
    }

    assert imported
    assert imported <= used


def test_a_file_may_be_kept_for_ever_and_its_address_changes_with_the_content(client, tmp_path):
    [sheet] = [address for address in addresses(client.get("/").text) if address.endswith(".css")]
    answer = client.get(sheet)
    assert answer.cache_control.immutable
    assert answer.cache_control.max_age == 365 * 24 * 3_600
    assert answer.headers["X-Content-Type-Options"] == "nosniff"

    (tmp_path / "style.css").write_text("a {}")
    before = Assets(tmp_path).version
    (tmp_path / "style.css").write_text("b {}")
    assert Assets(tmp_path).version != before


def test_an_old_address_gets_the_file_of_today_but_may_not_keep_it(client):
    answer = client.get("/assets/000000000000/js/swipe.js")

    assert answer.status_code == 200
    assert answer.cache_control.no_store
    assert not answer.cache_control.immutable


@pytest.mark.parametrize(
    "name", ["nothing.js", "../pages/routes.py", "js", "js/../../pages/routes.py"]
)
def test_nothing_else_is_given_out(client, name):
    assert client.get(f"/assets/x/{name}").status_code == 404


def test_a_file_that_is_known_is_not_sent_again(client):
    [sheet] = [address for address in addresses(client.get("/").text) if address.endswith(".css")]
    tag = client.get(sheet).headers["ETag"]

    assert client.get(sheet, headers={"If-None-Match": tag}).status_code == 304


def test_comments_stay_at_home_and_nothing_else(tmp_path):
    source = (
        '// one\n/** two\n * three */\nconst a = "; // kept"; // gone\n  /** four */\n  b(a);\n'
        "const c = `; // kept`;\nd(/[,] //); // kept, 'quoted'\n"
    )
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a.js").write_text(source)
    app = Flask("files")
    assets = Assets(tmp_path)

    with app.test_request_context(headers={"Accept-Encoding": "identity"}) as context:
        answer = assets.answer(context.request, assets.version, "js/a.js")

    assert answer is not None
    assert answer.get_data(as_text=True) == (
        "const a = \"; // kept\";\nb(a);\nconst c = `; // kept`;\nd(/[,] //); // kept, 'quoted'\n"
    )


@pytest.mark.parametrize("path", ["/", "/welcome", "/me", "/about", "/help"])
def test_a_page_has_nothing_inline_and_says_so(client, path):
    answer = client.get(path)

    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", answer.text)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.cache_control.no_cache
    assert not re.search(r'(?:href|src)="(?:https?:)?//', answer.text)


def test_the_page_can_be_installed(client):
    manifest = client.get("/manifest.webmanifest").json

    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).content_type == icon["type"]
    worker = client.get("/sw.js")
    assert worker.content_type.startswith("text/javascript")
    for address in re.findall(r'"(/assets/[^"]+\.\w+)"', worker.text):
        assert client.get(address).status_code == 200
