"""Completion as it is served, and the file of the commonest tags."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import ImageSet
from smashpass.core.library.delta import IndexChanges
from smashpass.core.library.stored import Tag
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.services.vocabulary.complete import Completion
from tests.support.builders import a_library
from tests.support.libraries import fill

LIBRARY = a_library(beard=[1, 2], hair__blonde=[2], aliases={"whiskers": "beard"})


class NoTexts:
    def tags(self) -> list[Tag]:
        return []


def test_a_proposal_has_a_label_a_category_an_exact_count_and_the_alias(
    installation: Installation,
):
    fill(installation)
    wish = VocabularyPlan(
        aliased=(("whiskers", "beard"),), described=(("beard", ("face", "Beard", "")),)
    )
    installation.catalogue.edit_vocabulary(wish, by="test", origin="test")
    index = installation.library.index
    assert Completion(installation.catalogue).complete(index, "whisk", 10) == [
        {"name": "beard", "label": "Beard", "count": 2, "category": "face", "via": "whiskers"}
    ]


def test_counts_follow_every_edit_at_once():
    completion = Completion(NoTexts())
    index = LIBRARY.index
    assert [row["count"] for row in completion.complete(index, "bea", 1)] == [2]
    tagged = {LIBRARY.id("beard"): ImageSet([1])}
    later = index.with_changes(IndexChanges(untagged=tagged), 2)
    assert [row["count"] for row in completion.complete(later, "bea", 1)] == [1]


def test_many_threads_get_one_answer_while_it_is_prepared():
    completion = Completion(NoTexts())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: completion.complete(LIBRARY.index, "b", 5), range(200)))
    assert all(answer == answers[0] for answer in answers)
    assert [answer["name"] for answer in answers[0]] == ["beard", "hair:blonde"]


def test_where_no_name_fits_the_finder_is_asked_before_the_nearest_spelling():
    def find_by_meaning(text: str) -> list[str]:
        return ["hair:blonde", "gone_by_now"] if text == "bard" else []

    completion = Completion(NoTexts(), find_by_meaning)
    assert [e["name"] for e in completion.complete(LIBRARY.index, "bard", 5)] == ["hair:blonde"]
    assert [e["name"] for e in completion.complete(LIBRARY.index, "berd", 5)] == ["beard"]
    assert [e["name"] for e in completion.complete(LIBRARY.index, "bear", 5)] == ["beard"]


def test_the_file_of_the_commonest_tags_is_named_by_its_content():
    completion = Completion(NoTexts())
    top = completion.top(LIBRARY.index)
    assert json.loads(top.content) == {
        "version": 1,
        "tags": [
            ["beard", "beard", 2, "", ["whiskers"]],
            ["hair:blonde", "hair:blonde", 1, "", []],
        ],
    }
    assert completion.top(LIBRARY.build(9)).digest == top.digest
    assert completion.top(LIBRARY.index, most=1).digest != top.digest
