"""Transactions of several threads that are committed together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select, text

from smashpass.core.errors import DatabaseUnavailable, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.people.swipe import Swipe
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.group_commit import MOST_TOGETHER, GroupCommit
from smashpass.store.engine.tables import swipe
from smashpass.store.people.swipes import Swipes
from smashpass.store.people.viewers import Viewers

THREADS = 8
EACH = 30


@pytest.fixture
def held(engine):
    """Make the next commit wait until it is let go, so that others gather behind it."""
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL commits for several by itself")
    begun, let_go, commits = threading.Event(), threading.Event(), []

    def on_commit(_connection):
        commits.append(1)
        if len(commits) == 1:
            begun.set()
            assert let_go.wait(20)

    yield begun, let_go, commits, lambda: event.listen(engine, "commit", on_commit)
    event.remove(engine, "commit", on_commit)


def a_swipe(name: str, image: int) -> Swipe:
    return Swipe(name, Ordinal(image), "smash", 1_700_000_000_000_000 + image)


def stored(engine) -> dict[tuple[int, str], int]:
    with reading(engine) as connection:
        rows = connection.execute(select(swipe.c.viewer_id, swipe.c.client_id, swipe.c.image))
        return {(viewer, name): image for viewer, name, image in rows}


def test_what_comes_during_a_commit_is_committed_by_the_next_one_together(engine, held):
    begun, let_go, commits, listen = held
    viewers, swipes = Viewers(engine), Swipes(engine)
    ids = [viewers.create("18+").id for _ in range(THREADS)]
    listen()
    with ThreadPoolExecutor(THREADS) as pool:
        answers = [pool.submit(swipes.record, ids[0], [a_swipe("first", 1)])]
        assert begun.wait(20)
        answers += [pool.submit(swipes.record, viewer, [a_swipe("a", 2)]) for viewer in ids[1:]]
        waiting = swipes._commits._waiting
        while len(waiting) < THREADS - 1:
            assert not answers[0].done()
        let_go.set()
        assert [answer.result(20).accepted for answer in answers] == [1] * THREADS
    assert len(commits) == 2
    assert len(stored(engine)) == THREADS


def test_work_that_fails_beside_others_fails_alone(engine, held):
    begun, let_go, _, listen = held
    viewers, swipes = Viewers(engine), Swipes(engine)
    ids = [viewers.create("18+").id for _ in range(3)]
    listen()
    with ThreadPoolExecutor(THREADS) as pool:
        answers = [pool.submit(swipes.record, ids[0], [a_swipe("first", 1)])]
        assert begun.wait(20)
        for viewer in (ids[1], 10**6, ids[2]):
            answers.append(pool.submit(swipes.record, viewer, [a_swipe("a", 2)]))
        while len(swipes._commits._waiting) < 3:
            assert not answers[0].done()
        let_go.set()
        with pytest.raises(NotFound):
            answers[2].result(20)
        assert [answers[place].result(20).accepted for place in (0, 1, 3)] == [1, 1, 1]
    assert set(stored(engine)) == {(ids[0], "first"), (ids[1], "a"), (ids[2], "a")}


def test_a_commit_that_the_database_refuses_fails_for_all_and_keeps_nothing(engine, monkeypatch):
    commits = GroupCommit(engine)

    def refuse(_engine):
        raise DatabaseUnavailable("no room")

    monkeypatch.setattr("smashpass.store.engine.group_commit.writing", refuse)
    with ThreadPoolExecutor(THREADS) as pool:
        answers = [pool.submit(commits.run, lambda _connection: 1) for _ in range(THREADS)]
        for answer in answers:
            with pytest.raises(DatabaseUnavailable):
                answer.result(20)
    monkeypatch.undo()
    assert commits.run(lambda connection: connection.scalar(text("SELECT 7"))) == 7


def test_a_thread_that_ends_in_its_commit_leaves_nobody_waiting(engine):
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL commits for several by itself")
    commits = GroupCommit(engine)

    def end(_connection):
        raise SystemExit

    with pytest.raises(SystemExit):
        commits.run(end)
    assert commits.run(lambda connection: connection.scalar(text("SELECT 7"))) == 7


def test_many_threads_keep_what_threads_one_by_one_keep(engine):
    """The obvious twin: the same batches, each in a transaction of its own."""
    viewers, swipes = Viewers(engine), Swipes(engine)
    ids = [viewers.create("18+").id for _ in range(THREADS)]
    batches = [
        (viewer, [a_swipe(f"s{number}", number + place) for place in range(3)])
        for viewer in ids
        for number in range(EACH)
    ]
    # Each twice: the second is a duplicate, or a conflict where places differ.
    with ThreadPoolExecutor(2 * THREADS) as pool:
        outcomes = list(pool.map(lambda batch: swipes.record(*batch), batches * 2))
    together = stored(engine)
    numbers = {}
    with reading(engine) as connection:
        for viewer, number in connection.execute(select(swipe.c.viewer_id, swipe.c.number)):
            numbers.setdefault(viewer, []).append(number)
    with writing(engine) as connection:
        connection.execute(swipe.delete())
    for batch in batches:
        swipes.record(*batch)
    assert {name for _, name in together} == {name for _, name in stored(engine)}
    assert sum(outcome.accepted for outcome in outcomes) == len(together) == THREADS * EACH
    assert all(sorted(own) == list(range(1, EACH + 1)) for own in numbers.values())
    assert MOST_TOGETHER > 2 * THREADS
