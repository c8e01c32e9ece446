"""``GET /prompt``: plain words as tags, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import LIVE, tags_of


@pytest.fixture
def asker(shared: Any) -> Any:
    return shared.new_viewer()


def test_a_description_becomes_tags_and_a_query_that_finds_what_it_says(asker: Any) -> None:
    answer = asker.good("/prompt", text="smiling with blonde hair, no beard, chartreuse")
    assert [(tag["name"], tag["negated"], tag["phrase"], tag["how"]) for tag in answer["tags"]] == [
        ("smile", False, "smiling", "name"),
        ("hair:blonde", False, "blonde hair", "name"),
        ("beard", True, "beard", "name"),
    ]
    assert answer["unused"] == ["chartreuse"]
    assert answer["embeddings"] == "off"
    matching = [
        number
        for number in range(1, LIVE + 1)
        if {"smile", "hair:blonde"} <= set(tags_of(number)) and "beard" not in tags_of(number)
    ]
    assert answer["matched"] == len(matching) > 0
    assert asker.good("/search", q=answer["query"])["matched"] == len(matching)


def test_the_word_search_is_asked_where_no_name_helps(asker: Any) -> None:
    (tag,) = asker.good("/prompt", text="blone")["tags"]
    assert (tag["name"], tag["how"]) == ("hair:blonde", "search")


def test_nothing_understood_is_an_empty_query_and_says_so(asker: Any) -> None:
    answer = asker.good("/prompt", text="qwxyz unheard")
    assert (answer["query"], answer["tags"], answer["matched"]) == ("", [], LIVE)
    assert answer["unused"] == ["qwxyz", "unheard"]


@pytest.mark.parametrize("parameters", [{}, {"text": ""}, {"text": "   "}, {"text": "x" * 501}])
def test_what_is_no_prompt_is_refused(asker: Any, parameters: dict[str, str]) -> None:
    assert asker.get("/prompt", **parameters).status == 400


def test_the_longest_prompt_is_read(asker: Any) -> None:
    answer = asker.good("/prompt", text=("beard " * 100)[:500])
    assert [tag["name"] for tag in answer["tags"]] == ["beard"]


def test_only_viewers_may_ask(shared: Any) -> None:
    assert shared.nobody.get("/prompt", text="beard").status == 401
