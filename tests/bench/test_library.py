"""The made-up library of the benchmarks: the same at every size, and like real collections."""

from __future__ import annotations

import csv
from itertools import islice

import pytest

from bench import library
from bench.library import ALWAYS, BLOCK, NAMES, SOMETIMES, TAGS_EACH, TAIL_NAMES


def test_a_smaller_library_is_the_beginning_of_a_larger_one():
    larger = list(library.images(2 * BLOCK + 100))
    for count in (1, BLOCK - 1, BLOCK, BLOCK + 1):
        assert list(library.images(count)) == larger[:count]


def test_equal_seeds_make_equal_libraries_and_others_do_not():
    assert list(library.images(500, seed=3)) == list(library.images(500, seed=3))
    assert list(library.images(500, seed=3)) != list(library.images(500, seed=4))


def test_a_library_is_the_same_in_every_release():
    first, *_, last = library.images(BLOCK + 1)
    assert first.names[:5] == ["hair:blonde", "eyes:grey", "style:comic", "kind:person",
                               "background:city"]  # fmt: skip
    assert (first.width, first.height, first.score) == (512, 512, 0.904589)
    assert last.ordinal == BLOCK + 1


def test_every_image_has_fifteen_different_tags_and_one_of_each_facet():
    for picture in library.images(2_000):
        assert len(set(picture.tags)) == len(picture.tags) == TAGS_EACH
        for facet in ALWAYS:
            assert sum(name.startswith(f"{facet}:") for name in picture.names) == 1


def test_tags_are_as_frequent_as_they_should_be():
    shares = library.shares(library.images(40_000))
    expected = {
        f"{facet}:{value}": share for facet in ALWAYS for value, share in ALWAYS[facet].items()
    }
    for group in SOMETIMES:
        expected |= group
    for name, share in expected.items():
        assert shares[name] == pytest.approx(share / 100, abs=0.01)


def test_the_tail_is_a_zipf_law_that_reaches_its_end():
    shares = library.shares(library.images(40_000))
    head, middle = shares[TAIL_NAMES[0]], shares[TAIL_NAMES[99]]
    assert 0.08 < head < 0.16
    assert head / middle == pytest.approx(10, rel=0.25)
    assert sum(name in shares for name in TAIL_NAMES) > 0.99 * len(TAIL_NAMES)


def test_the_index_holds_what_the_generator_says():
    pictures = list(library.images(3_000))
    index = library.build_index(3_000)
    for sampled in islice(pictures, 0, None, 97):
        assert index.own_tags(sampled.ordinal) == set(sampled.tags)
        assert index.column("image.width").value(sampled.ordinal) == sampled.width
        assert index.column("image.score").value(sampled.ordinal) == sampled.score
    beards = {sampled.ordinal for sampled in pictures if "beard" in sampled.names}
    assert set(index.having(library.tag_id("beard"))) == beards


def test_the_csv_file_says_the_same_in_the_columns_of_an_import(tmp_path):
    library.write_csv(tmp_path / "library.csv", 200)
    with (tmp_path / "library.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row, picture in zip(rows, library.images(200), strict=True):
        assert row["tags"].split(" ") == [NAMES[tag] for tag in picture.tags]
        assert (row["width"], row["source"]) == (str(picture.width), picture.source)
        assert row["score"] == ("" if picture.score is None else str(picture.score))
        assert row["real_person"] == "false"
