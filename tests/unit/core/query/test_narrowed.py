"""Query texts with one more tag: of the same images, those with or without it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.query.bind import bind
from smashpass.core.query.evaluate import MySets, images
from smashpass.core.query.parser import parse
from smashpass.core.query.printing import narrowed
from tests.support.builders import TAGS, scored_libraries
from tests.support.query_strategies import TEXTS


@given(scored_libraries(), st.just("") | TEXTS, st.sampled_from(TAGS))
def test_one_more_tag_narrows_the_matching_images(library, text, tag) -> None:
    def matching(query: str) -> set[int]:
        bound = bind(parse(query), library.vocabulary, strict=False)
        return set(images(bound, library.index, MySets()))

    carrying = set(library.index.having(library.vocabulary.find(tag)))
    assert matching(narrowed(text, tag)) == matching(text) & carrying
    assert matching(narrowed(text, tag, exclude=True)) == matching(text) - carrying
