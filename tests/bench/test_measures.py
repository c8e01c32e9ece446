"""Every measure runs on a small library, finds what its peers find, and is not judged on time."""

from __future__ import annotations

import pytest

from bench import asking
from bench.__main__ import BY_SIZE, ONCE, main, parse
from bench.browser import missing
from bench.processes import PeerFailed, Remote
from bench.site import Site

SIZE = 600
SHARE = 0.1

# These run elsewhere, and would run twice: the properties with the tests of the rules, and
# collaborative filtering in test_collab, with enough viewers for its gate.
MEASURES = {**BY_SIZE, **ONCE}
del MEASURES["agreement"], MEASURES["collab"]
BROWSED = ("pages", "editing")
"""Those that open Chromium."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    few = {"rounds": 2, "budget_s": 0.0, "whoosh_size": 500, "quick": True, "share": SHARE}
    with pytest.MonkeyPatch.context() as patch, Site(folder, SIZE, **few) as site:
        # As small for a library of this size as the constant is for one of millions.
        patch.setattr(asking, "MANY", SIZE // 20)
        yield site


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in BROWSED else ()) for name in MEASURES],
)
def test_a_measure_gives_figures_and_fails_at_nothing_but_time(site, name):
    if name in BROWSED and (lacking := missing()):
        pytest.skip(lacking)
    rows = list(MEASURES[name](site))
    assert rows
    assert len({(row.measure, row.images, row.beside) for row in rows}) == len(rows)
    for row in rows:
        assert row.ours is not None, row
        assert row.ours >= 0
        timed = row.unit == "s"
        assert timed or row.passed is not False, row


def test_a_small_library_is_not_judged_by_the_limits_of_a_large_one(site):
    assert all(row.passed is None for row in MEASURES["search"](site))


def test_what_fails_in_the_process_of_a_peer_is_told():
    with pytest.raises(PeerFailed, match="ModuleNotFoundError"):
        Remote("bench.peers.nobody:Nothing")


def test_a_failed_measure_is_a_row_and_does_not_end_the_others(tmp_path, monkeypatch):
    def breaks(_site):
        raise PeerFailed("no such peer")
        yield

    monkeypatch.setitem(BY_SIZE, "search", breaks)
    work, out = tmp_path / "work", tmp_path / "out"
    arguments = ["--quick", "--sizes", "2000", "--only", "search", "--only", "whole"]
    assert main([*arguments, "--work", str(work), "--out", str(out)]) == 1
    report = (out / "results.md").read_text()
    assert "no such peer" in report
    assert "whole library" in report


def test_sizes_are_given_with_commas():
    assert parse(["--sizes", "500000,2000000"]).sizes == (500_000, 2_000_000)
