"""Cells that a spreadsheet would compute are text, and can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.text.spreadsheet import guarded, unguarded
from smashpass.services.vocabulary.dictionary import DictionaryEntry, as_csv, read_csv

CELLS = st.text(alphabet=st.sampled_from("'=+-@\t\r\na1 |!"), max_size=6) | st.text(max_size=6)


@given(CELLS)
def test_no_cell_is_computed_and_every_cell_can_be_read_back(cell):
    written = guarded(cell)
    assert written[:1] not in tuple("=+-@\t\r\n")
    assert unguarded(written) == cell


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1"])
def test_formulas_get_an_apostrophe(cell):
    assert guarded(cell) == "'" + cell


def test_a_vocabulary_that_looks_like_formulas_goes_out_and_in_again():
    word = DictionaryEntry(
        2, "=1+1", "@x", "=HYPERLINK(1)", "'=old", aliases=("=2", "+3"), labels=(("fr", "=4"),)
    )
    text = "".join(as_csv([word]))
    cells = text.splitlines()[1]
    assert cells.startswith("'=1+1,'@x,'=HYPERLINK(1),fr==4,''=old,\"'=2,+3\"")
    assert read_csv(text, "w.csv") == [word]
