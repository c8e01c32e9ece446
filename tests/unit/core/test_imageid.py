"""Public image ids hide the ordinal and lead back to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.imageset import Ordinal
from smashpass.core.library.imageid import ImageIds

KEY = bytes(range(32))


@given(st.integers(1, 2**32 - 1))
def test_an_id_leads_back_to_its_ordinal(ordinal):
    ids = ImageIds(KEY)

    text = ids.encode(Ordinal(ordinal))

    assert len(text) == 13
    assert set(text) <= set("0123456789abcdefghjkmnpqrstvwxyz")
    assert ids.decode(text) == ordinal
    assert ImageIds(KEY).encode(Ordinal(ordinal)) == text


@given(st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=13, max_size=13) | st.text())
def test_a_made_up_text_is_no_id(text):
    decoded = ImageIds(KEY).decode(text)

    # One text in four thousand million is an id by chance; it must then be the one spelling.
    assert decoded is None or ImageIds(KEY).encode(decoded) == text


def test_an_id_of_another_key_is_none_of_ours():
    assert ImageIds(KEY).decode(ImageIds(KEY[::-1]).encode(Ordinal(5))) is None


def test_capital_letters_are_another_text():
    text = ImageIds(KEY).encode(Ordinal(5))

    assert ImageIds(KEY).decode(text.upper()) is None


def test_neighbours_have_unlike_ids():
    ids = ImageIds(KEY)

    first = [ids.encode(Ordinal(ordinal))[:3] for ordinal in range(1, 101)]

    assert len(set(first)) > 90


@pytest.mark.parametrize("key", [b"", b"short", bytes(65)])
def test_a_key_of_the_wrong_length_is_refused(key):
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        ImageIds(key)
