"""Viewers in memory: always what the database says, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from smashpass.core.imageset import Ordinal
from smashpass.core.people.swipe import Swipe
from smashpass.services.decks.viewers import ViewerStates
from smashpass.store.engine.database import connect
from smashpass.store.people.swipes import Swipes
from smashpass.store.people.viewers import Viewers


@pytest.fixture
def engines(empty_database: Path, tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """Two ways to one database, as two processes have them."""
    path = tmp_path / "smashpass.db"
    path.write_bytes(empty_database.read_bytes())
    engines = connect(f"sqlite:///{path}"), connect(f"sqlite:///{path}")
    yield engines
    for engine in engines:
        engine.dispose()


_SWIPE = st.tuples(
    st.just("swipe"), st.integers(1, 6), st.sampled_from(["smash", "pass"]), st.integers(0, 5)
)
_UNDO = st.tuples(st.just("undo"), st.integers(0, 8))
_LOOK = st.tuples(st.just("look"))
_FORGET = st.tuples(st.just("forget"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(_SWIPE, _SWIPE, _UNDO, _LOOK, _FORGET), max_size=14))
def test_what_is_remembered_is_what_stands(
    engines: tuple[Engine, Engine], acts: list[tuple[object, ...]]
) -> None:
    ours, theirs = engines
    states = ViewerStates(Viewers(ours), Swipes(ours))
    viewer, written = Viewers(theirs).create("18+"), Swipes(theirs)
    count = 0
    for act in [*acts, ("look",)]:
        match act:
            case ("swipe", int(image), "smash" | "pass" as verdict, int(at)):
                written.record(viewer.id, [Swipe(f"s{count}", Ordinal(image), verdict, at)])
                count += 1
            case ("undo", int(number)) if number < count:
                written.undo(viewer.id, f"s{number}")
            case ("look",):
                state = states.of(viewer.name)
                assert state is not None
                assert state.verdicts == written.current_verdicts(viewer.id)
            case ("forget",):
                states.forget(viewer.name)


def test_who_is_deleted_elsewhere_is_forgotten(engines: tuple[Engine, Engine]) -> None:
    ours, theirs = engines
    states = ViewerStates(Viewers(ours), Swipes(ours))
    viewer = Viewers(theirs).create("18+")
    assert states.of(viewer.name) is not None
    Viewers(theirs).delete(viewer.id)
    assert states.of(viewer.name) is None
    assert states.of("nobody") is None


def test_only_so_many_viewers_are_remembered(engines: tuple[Engine, Engine]) -> None:
    ours, _ = engines
    states = ViewerStates(Viewers(ours), Swipes(ours), capacity=2)
    names = [Viewers(ours).create("18+").name for _ in range(4)]
    for name in names:
        assert states.of(name) is not None
    assert list(states._states) == names[-2:]


def test_values_count_what_stands(engines: tuple[Engine, Engine]) -> None:
    ours, _ = engines
    states, viewer = ViewerStates(Viewers(ours), Swipes(ours)), Viewers(ours).create("18+")
    state = states.of(viewer.name)
    assert state is not None
    assert state.values() == {"viewer.swipes": 0.0}
    Swipes(ours).record(
        viewer.id,
        [Swipe(f"s{n}", Ordinal(n), "smash" if n == 1 else "pass", 0) for n in (1, 2, 3, 4)],
    )
    state = states.of(viewer.name)
    assert state is not None
    assert state.values() == {"viewer.swipes": 4.0, "viewer.smash_rate": 0.25}
