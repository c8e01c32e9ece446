"""What searches remember is never seen in an answer, and never grows without limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadQuery
from smashpass.core.imageset import ImageSet
from smashpass.core.query.evaluate import MySets, images
from smashpass.services.search.query_cache import QueryCache
from smashpass.services.search.search import count_matches, matching, read_query
from tests.support.builders import a_library, scored_libraries
from tests.support.query_strategies import TEXTS

ONE = a_library(beard=[1, 2], hat=[2], hair__blonde=[1])
OTHER = a_library(beard=[7], hat=[7], hair__blonde=[8])


def asked(answers: QueryCache, text: str, index) -> tuple[ImageSet, bool]:
    """The answer, and whether it had to be made."""
    computed = []
    form = answers.form(text, index)

    def make() -> ImageSet:
        computed.append(text)
        return images(form, index, MySets())

    return answers.images(form, index, make), bool(computed)


def test_texts_of_one_meaning_share_one_answer():
    answers = QueryCache()
    assert asked(answers, "beard hat", ONE.index) == (ImageSet([2]), True)
    assert asked(answers, "HAT AND NOT NOT beard", ONE.index) == (ImageSet([2]), False)


def test_another_library_version_gets_its_own_answer():
    answers = QueryCache()
    for library, expected in ((ONE, {1, 2}), (OTHER, {7}), (ONE, {1, 2})):
        images, computed = asked(answers, "beard", library.index)
        assert (set(images), computed) == (expected, True)


def test_what_viewers_swiped_is_never_remembered():
    for mine, expected in ((MySets(smashed=ImageSet([1])), {1}), (MySets(), set())):
        assert set(matching(read_query("my:smashed", ONE.index), ONE.index, mine)) == expected
    with pytest.raises(BadQuery):
        count_matches(ONE.index, "my:smashed")


def test_memory_is_bounded():
    library = a_library(**{f"t{number}": range(1, 1_000) for number in range(50)})
    answers = QueryCache(texts=10, most_bytes=5_000)
    for number in range(50):
        assert len(asked(answers, f"t{number}", library.index)[0]) == 999
    assert not asked(answers, "t49", library.index)[1]
    assert asked(answers, "t0", library.index)[1]


def test_a_refused_text_is_refused_again():
    for _ in range(2):
        with pytest.raises(BadQuery, match="beard"):
            read_query("berd", ONE.index)


def test_threads_on_two_versions_at_once_are_never_given_the_other_ones_images():
    answers = QueryCache()
    expected = {id(ONE): {1, 2}, id(OTHER): {7}}

    def ask(number: int) -> bool:
        library = (ONE, OTHER)[number % 2]
        return set(asked(answers, "beard", library.index)[0]) == expected[id(library)]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(2_000)))


@given(scored_libraries(), st.lists(TEXTS, min_size=1, max_size=4))
def test_an_answer_from_memory_is_the_answer(library, texts):
    answers, index = QueryCache(), library.index
    for text in texts * 2:
        try:
            form = answers.form(text, index)
        except BadQuery:
            continue
        assert asked(answers, text, index)[0] == images(form, index, MySets())
