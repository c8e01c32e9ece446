"""The log: order, completeness under interleaved writers, payloads."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from smashpass.core.errors import NotFound
from smashpass.core.imageset import ImageSet
from smashpass.core.operations.changelog import (
    AttributeEdit,
    ImportBatch,
    RevisionEdit,
    StateEdit,
    TagEdit,
    TagEdits,
    VocabularyEdit,
    images_of,
    kind_of,
    pack,
    unpack,
)
from smashpass.store.engine.database import reading, writing
from smashpass.store.library import changelog
from smashpass.store.library.changelog import ChangeReader

sets = st.sets(st.integers(1, 2**32 - 1), max_size=20).map(ImageSet)
numbers = st.integers(1, 10_000)
pairs = st.lists(st.tuples(numbers, numbers), max_size=4).map(tuple)
ids = st.lists(numbers, max_size=4).map(tuple)
names = st.lists(st.text(min_size=1), max_size=4).map(tuple)
bodies = st.one_of(
    st.builds(ImportBatch, numbers, sets, sets),
    st.builds(ImportBatch, numbers, sets, sets, numbers, names.filter(bool)),
    st.lists(st.builds(TagEdit, numbers, sets, sets), max_size=4).map(tuple).map(TagEdits),
    st.builds(StateEdit, sets, sets),
    st.builds(VocabularyEdit, numbers, names, pairs, pairs, pairs, pairs, ids, ids),
    st.builds(AttributeEdit, st.text(), sets),
    st.builds(RevisionEdit, numbers, st.text(), numbers),
)


def append(engine, body, reason=""):
    with writing(engine, library=True) as connection:
        return changelog.append(connection, body, by="ann", origin="test", reason=reason)


@given(bodies)
def test_a_payload_reads_back_as_it_was_written(body):
    assert unpack(kind_of(body), pack(body)) == body


def test_a_batch_of_new_images_takes_a_few_bytes():
    assert len(pack(ImportBatch(1, added=ImageSet(range(70_000, 75_000))))) < 80


def test_the_images_of_an_entry_are_counted_once():
    edit = TagEdit(1, ImageSet([1, 2]), ImageSet([3]))
    assert images_of(TagEdits((edit, TagEdit(2, ImageSet([2, 9]))))) == 4
    assert images_of(RevisionEdit(1, "ab")) == 0


def test_entries_come_back_in_order_and_whole(engine):
    log = ChangeReader(engine)
    entries = [append(engine, AttributeEdit(f"a{n}", ImageSet([n])), f"r{n}") for n in range(5)]
    assert log.latest() == entries[-1].seq
    assert log.read_after(0) == entries
    assert log.read_after(entries[1].seq, limit=2) == entries[2:4]
    assert log.get(entries[3].seq).body() == AttributeEdit("a3", ImageSet([3]))
    newest = log.history(limit=2)
    assert [(entry.seq, entry.images, entry.payload) for entry in newest] == [
        (entries[4].seq, 1, b""),
        (entries[3].seq, 1, b""),
    ]
    assert [entry.seq for entry in log.history(before=newest[-1].seq)] == [
        entry.seq for entry in reversed(entries[:3])
    ]
    with pytest.raises(NotFound, match="no change 99"):
        log.get(99)


def test_the_log_is_written_by_writers_only(engine):
    with reading(engine) as connection, pytest.raises(RuntimeError, match="writing"):
        changelog.append(connection, AttributeEdit("a", ImageSet([1])), by="", origin="")


def test_an_entry_of_a_transaction_that_failed_is_never_seen(engine):
    def fail():
        with writing(engine, library=True) as connection:
            changelog.append(connection, AttributeEdit("a", ImageSet([1])), by="", origin="")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert ChangeReader(engine).read_after(0) == []


def test_a_second_writer_cannot_pass_the_first(engine):
    """The writer that began first commits last; no reader may see the second before it."""
    log = ChangeReader(engine)
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        with writing(engine) as connection:  # not told that it will write the log
            changelog.append(connection, AttributeEdit("slow", ImageSet([1])), by="", origin="")
            begun.set()
            go_on.wait(10)

    def quick():
        append(engine, AttributeEdit("quick", ImageSet([2])))

    first = threading.Thread(target=slow)
    first.start()
    assert begun.wait(10)
    second = threading.Thread(target=quick)
    second.start()
    time.sleep(0.2)
    assert log.read_after(0) == []  # the second waits instead of being visible too early
    go_on.set()
    first.join(10)
    second.join(10)
    assert [entry.body().name for entry in log.read_after(0)] == ["slow", "quick"]


def test_a_follower_misses_no_entry_of_many_writers(engine):
    """Four writers with pauses inside their transactions, one reader that only looks forward."""
    log, followed, stop = ChangeReader(engine), [], threading.Event()
    failures: list[BaseException] = []

    def write(writer):
        try:
            for turn in range(12):
                with writing(engine) as connection:
                    if writer % 2:  # half of them pause before, half after the number is drawn
                        connection.execute(text("SELECT 1"))
                        time.sleep(0.001)
                    body = AttributeEdit(f"{writer}/{turn}", ImageSet([1]))
                    changelog.append(connection, body, by=str(writer), origin="test")
                    time.sleep(0.002)
        except BaseException as error:
            failures.append(error)

    def follow():
        last = 0
        while True:
            finished = stop.is_set()
            for entry in log.read_after(last, limit=3):
                followed.append(entry)
                last = entry.seq
            if finished and last == log.latest():
                return
            time.sleep(0.001)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    follower = threading.Thread(target=follow)
    for thread in (follower, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    stop.set()
    follower.join(60)
    assert failures == []
    assert len(followed) == 48
    assert followed == log.read_after(0)
    for writer in range(4):
        mine = [entry.body().name for entry in followed if entry.by == str(writer)]
        assert mine == [f"{writer}/{turn}" for turn in range(12)]
