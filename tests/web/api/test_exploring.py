"""Related tags and counts of a namespace, over HTTP and from the command line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import LIVE, tags_of


@pytest.fixture
def asker(shared: Any) -> Any:
    return shared.new_viewer()


def scanned(required: str, prefix: str = "") -> dict[str, int]:
    """Counts by looking at every image that has ``wanted``."""
    tag_counts: dict[str, int] = {}
    for number in range(1, LIVE + 1):
        tags = tags_of(number)
        for name in tags if required in tags else ():
            if name.startswith(prefix):
                tag_counts[name] = tag_counts.get(name, 0) + 1
    return tag_counts


def test_counts_of_a_namespace_are_exact(asker: Any) -> None:
    answer = asker.good("/tags/counts", q="beard", prefix="hair:")
    counted = {tag["name"]: tag["both"] for tag in answer["tags"]}
    assert counted == scanned("beard", "hair:")
    assert answer["matched"] == sum(counted.values()) == scanned("beard")["beard"]


@pytest.mark.parametrize("by", ["jaccard", "cosine", "lift"])
def test_related_tags_are_exact_and_the_best_first(asker: Any, by: str) -> None:
    answer = asker.good("/tags/related", q="beard", by=by, limit=50)
    assert {tag["name"]: tag["both"] for tag in answer["tags"]} == scanned("beard")
    scores = [tag[by] for tag in answer["tags"]]
    assert scores == sorted(scores, reverse=True)
    itself = next(tag for tag in answer["tags"] if tag["name"] == "beard")
    assert (itself["jaccard"], itself["cosine"]) == (1, 1)


def test_what_is_asked_wrongly_is_refused(asker: Any) -> None:
    assert asker.get("/tags/related", q="beard AND").status == 400
    assert asker.get("/tags/related", q="beard", by="luck").status == 400
    assert asker.get("/tags/counts", q="beard", limit=0).status == 400


def test_a_phrase_that_means_a_tag_is_proposed_whole_and_found_with_a_tilde(asker: Any) -> None:
    answer = asker.get("/tags/counts", q="beard blond haired smile", prefix="kind:")
    (error,) = answer.json["errors"]
    assert answer.status == 400
    assert (error["position"], error["end"]) == (6, 18)
    assert error["suggestions"] == ["hair:blonde"]
    counted = asker.good("/tags/counts", q="~blond haired", prefix="kind:")
    assert counted["matched"] == scanned("hair:blonde")["hair:blonde"]
