"""The disk that loses what was not flushed: what must be there is, and what may be gone can be."""

from __future__ import annotations

from random import Random

import pytest

from bench.faulty.crash import MODES, CrashingDisk
from bench.faulty.shim import Event

WRITTEN = [
    Event("c", "file"),
    Event("w", "file", offset=0, data=b"a" * 1_000),
    Event("s", "file"),
    Event("s", ""),
    Event("w", "file", offset=1_000, data=b"b" * 1_000),
]


def images(events, count=200):
    """All different images after some events, over all modes."""
    disk = CrashingDisk({})
    for event in events:
        disk.happen(event)
    rng = Random(1)
    return [disk.image(MODES[number % len(MODES)], rng) for number in range(count)]


def test_what_was_flushed_is_there_and_the_rest_in_any_part():
    contents = {files["file"] for files in images(WRITTEN, 3_000)}
    assert all(content.startswith(b"a" * 1_000) for content in contents)
    assert {b"a" * 1_000, b"a" * 1_000 + b"b" * 1_000} < contents
    # Torn at sectors of 512 bytes: only the first that it touches is there, or all the others.
    assert b"a" * 1_000 + b"b" * 24 in contents
    assert b"a" * 1_000 + bytes(24) + b"b" * 976 in contents


def test_a_file_whose_name_was_not_flushed_may_be_gone():
    events = [event for event in WRITTEN if event != Event("s", "")]
    assert {"file" in files for files in images(events)} == {True, False}


def test_a_renamed_file_has_one_of_its_names_or_the_content_before():
    events = [
        *WRITTEN[:4],
        Event("c", "new"),
        Event("w", "new", offset=0, data=b"n"),
        Event("s", "new"),
        Event("r", "new", "file"),
    ]
    contents = {files["file"] for files in images(events)}
    assert contents == {b"a" * 1_000, b"n"}
    flushed = [*events, Event("s", "")]
    assert {tuple(sorted(files.items())) for files in images(flushed)} == {(("file", b"n"),)}


def test_without_the_flush_of_its_content_a_renamed_file_may_be_empty():
    events = [
        *WRITTEN[:4],
        Event("c", "new"),
        Event("w", "new", offset=0, data=b"n"),
        Event("r", "new", "file"),
        Event("s", ""),
    ]
    assert {files["file"] for files in images(events)} == {b"", b"n"}


def test_a_removed_file_may_be_there_again():
    events = [*WRITTEN[:4], Event("u", "file")]
    assert {"file" in files for files in images(events)} == {True, False}
    assert not any(images([*events, Event("s", "")])[0])


@pytest.mark.parametrize("size", [0, 500, 1_500])
def test_a_file_that_was_cut_has_a_length_of_before_or_after(size):
    events = [*WRITTEN[:4], Event("t", "file", offset=size)]
    assert {len(files["file"]) for files in images(events)} == {1_000, size}
