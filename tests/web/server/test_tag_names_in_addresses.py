"""Tag names in addresses: every legal name reaches its own tag through every route."""

from __future__ import annotations

import html
import http.client
import re
import shutil
from itertools import chain, repeat
from random import Random
from urllib.parse import quote

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadTag
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.core.tags.names import normalise
from smashpass.settings import load
from smashpass.web.admin.vocabulary.vocabulary import tag_path
from tests.support.doors import Doors
from tests.support.pages import serving

UGLY = [
    ".", "..", "...", "/", "//",
    "/lead", "lead", "lead/", "a/b", "a//b", "a/../b", "../up", "./x",
    "%", "%2F", "%2f", "%252F", "50%", "%25", "%00", "a%2Fb", "?", "a?b", "?q=1", "#", "a#b", "&",
    "a&b", "=", "+", "a+b", ";", "a;b", ":", "a:b:c", "@", "!", "$", "'", "(", ")", "()", "[", "]",
    "{id}", "<alias>", "<path:x>", "\\", "\\\\", "a\\b", "|", "^", "`", "é", "日本", "ß",
    "😀", "ΑΒ",
    "none:x",
    "and", "or", "not", "aliases", "implications", "top", "_", "a_b", "http://x", "//evil.com",
]  # fmt: skip


def ugly_names(count: int) -> list[str]:
    """Legal names, the listed ones first, then others drawn from the same letters."""
    rng = Random(18)
    letters = sorted({letter for name in UGLY for letter in name})
    names: dict[str, None] = {}
    drawn = ("".join(rng.choice(letters) for _ in range(rng.randint(1, 9))) for _ in repeat(None))
    for name in chain(UGLY, drawn):
        try:
            names[normalise(name)] = None
        except BadTag:
            continue
        if len(names) == count:
            break
    return [*names]


NAMES = ugly_names(200)


def name_all(opened: Doors) -> None:
    """Make an alias of each name, and beside it an implication from each name to the next."""
    aliased = tuple((name, f"target{number}") for number, name in enumerate(NAMES[::2]))
    implied = tuple(zip(NAMES[1::2], NAMES[3::2], strict=False))
    edit = VocabularyPlan(aliased=aliased, implied=implied)
    opened.parts.catalogue.edit_vocabulary(edit, by="t", origin="test")
    opened.parts.library.refresh()


def aliases(opened: Doors) -> dict[str, str]:
    """What every alias stands for."""
    words = opened.parts.catalogue.vocabulary()
    return {words.names[alias]: words.names[tag] for alias, tag in words.aliases.items()}


def implications(opened: Doors) -> set[tuple[str, str]]:
    """Every direct implication."""
    words = opened.parts.catalogue.vocabulary()
    return {
        (words.names[tag], words.names[other])
        for tag, others in words.implications.items()
        for other in others
    }


def test_the_names_are_many_and_ugly():
    assert len(NAMES) == 200
    assert {"/", "..", "%2f", "/lead", "lead", "a?b", "a#b", "50%"} <= {*NAMES}


@pytest.fixture(scope="module")
def named_home(doors_home, tmp_path_factory):
    home = tmp_path_factory.mktemp("named") / "home"
    shutil.copytree(doors_home, home)
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    name_all(Doors(home))
    parts.build_snapshot()
    parts.engine.dispose()
    return home


def test_the_api_removes_the_alias_and_the_implication_that_is_named(doors):
    opened = doors()
    name_all(opened)
    before = aliases(opened)
    for alias in NAMES[::2]:
        assert opened.api("DELETE", f"/tags/aliases/{quote(alias, safe='')}"), alias
        before.pop(alias)
        assert not opened.api("DELETE", f"/tags/aliases/{quote(alias, safe='')}"), alias
    assert aliases(opened) == before
    left = implications(opened)
    pairs = [*zip(NAMES[1::2], NAMES[3::2], strict=False)]
    assert left.issuperset(pairs)
    for tag, implied in pairs:
        path = f"{quote(tag, safe='')}/{quote(implied, safe='')}"
        assert opened.api("DELETE", f"/tags/implications/{path}"), (tag, implied)
        left.remove((tag, implied))
    assert implications(opened) == left


def test_the_page_of_a_tag_is_its_own(doors):
    opened = doors()
    name_all(opened)
    for name in NAMES[1::2]:
        for path in (tag_path(name), f"/tags/{quote(name, safe='')}"):
            page = opened.page.get(path)
            assert page.status_code == 200, (name, path)
            heading = re.search(r"<h1[^>]*>(.*?)</h1>", page.text, re.DOTALL)
            assert heading is not None
            assert html.unescape(re.sub("<[^>]+>", "", heading[1])).strip().startswith(name), path
    for number, alias in enumerate(NAMES[::2]):
        led = opened.page.get(f"/tags/{quote(alias, safe='')}")
        assert led.status_code == 303
        assert led.headers["Location"].endswith(f"/tags/target{number}")


def test_a_real_server_takes_the_same_addresses(named_home, tmp_path):
    home = tmp_path / "served"
    shutil.copytree(named_home, home)
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    headers = {"Authorization": f"Bearer {parts.tokens.renew('admin')}"}
    opened = Doors(home)
    before = aliases(opened)
    with serving(home) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        for alias in NAMES[:60:2]:
            path = f"/api/v1/admin/tags/aliases/{quote(alias, safe='')}"
            connection.request("DELETE", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, alias
            before.pop(alias)
        connection.close()
    assert aliases(opened) == before
    parts.engine.dispose()
