"""Tag blobs against a naive twin."""

from array import array

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smashpass.core.tags.tagblob import pack, unpack

tag_ids = st.one_of(
    st.sets(st.integers(1, 120), max_size=40),
    st.sets(st.integers(1, 12_000), max_size=40),
    st.sets(st.integers(1, 2**32 - 1), max_size=40),
).map(sorted)


def naive_pack(ids):
    out, last = bytearray(), 0
    for tag in ids:
        distance, last = tag - last, tag
        while distance > 127:
            out.append(distance % 128 + 128)
            distance //= 128
        out.append(distance)
    return bytes(out)


def naive_unpack(blob):
    ids, last, value, place = [], 0, 0, 1
    for byte in blob:
        value += (byte % 128) * place
        place *= 128
        if byte < 128:
            last += value
            ids.append(last)
            value, place = 0, 1
    return ids


@given(tag_ids)
@example([])
@example([127])
@example([128])
@example([1, 16_384, 16_384 + 16_383, 2**32 - 1])
def test_both_forms_write_and_read_the_same_bytes(ids):
    blob = pack(ids)
    assert blob == naive_pack(ids)
    assert list(unpack(blob)) == naive_unpack(blob) == ids


def test_unpack_gives_an_array_of_32_bits():
    assert unpack(pack([5, 300])) == array("I", [5, 300])


@pytest.mark.parametrize("ids", [[0], [3, 3], [3, 2], [-1], [2**32], [1, 2**40]])
def test_ids_that_are_no_ascending_tag_ids_are_refused(ids):
    with pytest.raises(ValueError, match="tag id"):
        pack(ids)


@given(tag_ids.filter(lambda ids: ids and ids[-1] > 127))
def test_a_blob_cut_inside_a_number_is_refused(ids):
    blob = pack(ids)
    cut = next(i for i, byte in enumerate(blob) if byte > 127) + 1
    with pytest.raises(ValueError, match="ends inside"):
        unpack(blob[:cut])
