"""What a text asks for, where it asks for tags alone: what the search box shows as chips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadQuery
from smashpass.services.search.search import count_matches
from smashpass.services.search.typed_tags import TypedTag, typed_tags
from tests.support.builders import a_library

LIBRARY = a_library(
    beard=[1, 2, 3],
    hair__blonde=[2, 3, 4],
    hat=[4],
    smile=[5],
    aliases={"whiskers": "beard"},
    attributes={"image.width": {1: 512, 2: 256}},
)
WRITTEN = {
    "beard": "beard",
    "whiskers": "beard",
    "blonde hair": "hair:blonde",
    "hair:blonde": "hair:blonde",
    '"hair:blonde"': "hair:blonde",
    "HAT": "hat",
    "smile": "smile",
}


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("beard hat", ["beard", "hat"]),
        ("blonde hair beard", ["hair:blonde", "beard"]),
        ("whiskers AND -hat", ["beard", "-hat"]),
        ("(beard (NOT hat)) beard", ["beard", "-hat"]),
        ('beard "hat"', ["beard", "hat"]),
    ],
)
def test_tags_come_in_the_order_written_each_once(text, tags):
    typed = typed_tags(text, LIBRARY.index)
    assert ["-" * tag.excluded + tag.name for tag in typed] == tags


@pytest.mark.parametrize(
    "text", ["", '"beard" -"hat"', "beard OR hat", "hair:*", "width:>=300", "beard -(hat smile)"]
)
def test_anything_else_and_what_is_quoted_already_stays_text(text):
    assert typed_tags(text, LIBRARY.index) is None


def test_a_text_that_cannot_be_read_is_refused():
    with pytest.raises(BadQuery) as refusal:
        typed_tags("beard mermaid", LIBRARY.index)
    assert refusal.value.unknown
    with pytest.raises(BadQuery) as refusal:
        typed_tags("beard OR", LIBRARY.index)
    assert not refusal.value.unknown


@given(st.lists(st.tuples(st.sampled_from(sorted(WRITTEN)), st.booleans()), min_size=1))
def test_chips_ask_for_the_same_images_as_the_text(terms):
    text = " AND ".join(f"{'NOT ' * excluded}{written}" for written, excluded in terms)
    typed = typed_tags(text, LIBRARY.index)
    if typed is None:  # all of them stood in quotes
        assert all(written.startswith('"') for written, _ in terms)
        return

    assert typed == [*{TypedTag(WRITTEN[written], excluded): None for written, excluded in terms}]
    quoted = " ".join(f'{"-" * tag.excluded}"{tag.name}"' for tag in typed)
    assert count_matches(LIBRARY.index, quoted) == count_matches(LIBRARY.index, text)
