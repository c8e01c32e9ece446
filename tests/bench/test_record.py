"""One record of all benchmarks, each row once with its run; and the README's figures from it."""

from __future__ import annotations

import json

import pytest

from bench import __main__ as command
from bench import record
from bench.readme import README, block, readme_line, unrecorded, with_figures
from bench.record import BenchmarkRun, Entry, merged, read, write
from bench.report import Row, at_most, beside, failed

OLD = BenchmarkRun("2026-01-01 10:00 UTC", "aaaaaaa", "scripts/bench", "one machine")
NEW = BenchmarkRun("2026-02-02 10:00 UTC", "bbbbbbb", "scripts/bench --only deck", "another")
ABOUT = {"search": "Searching.", "deck": "Decks."}


def entry(benchmark, size, measure, run=OLD, ours=1.0, peer=""):
    row = Row(measure, size, ours, beside=peer, theirs=2.0 if peer else None)
    return Entry(benchmark, size, row, run)


def names(entries):
    return [(e.benchmark, e.size, e.row.measure, e.row.beside, e.run.commit) for e in entries]


def test_a_run_replaces_the_rows_of_its_benchmarks_and_sizes_alone():
    old = [
        entry("search", 1000, "found"),
        entry("deck", 1000, "dealt"),
        entry("deck", 1000, "an old name"),
        entry("deck", 1000, "dealt", peer="a peer of old"),
        entry("deck", 2000, "dealt"),
    ]
    new = [entry("deck", 1000, "dealt", NEW), entry("deck", 1000, "a new name", NEW)]
    assert names(merged(old, new)) == [
        ("search", 1000, "found", "", "aaaaaaa"),
        ("deck", 2000, "dealt", "", "aaaaaaa"),
        ("deck", 1000, "dealt", "", "bbbbbbb"),
        ("deck", 1000, "a new name", "", "bbbbbbb"),
    ]


def test_no_row_is_there_twice_even_if_another_size_gave_it():
    old = Entry("words", 1000, Row("completion", 0, 1.0), OLD)
    new = Entry("words", 2000, Row("completion", 0, 3.0), NEW)
    assert merged([old], [new, new]) == [new]


def test_a_failure_replaces_the_figures_of_before():
    failure = Entry("deck", 1000, failed("deck", 1000, "no such peer"), NEW)
    assert merged([entry("deck", 1000, "dealt"), entry("deck", 1000, "shuffled")], [failure]) == [
        failure
    ]


def test_what_is_written_is_read_again(tmp_path):
    judged = beside("dealt", 1000, 0.1, "peer", 0.3, at_least=2, note="small")
    entries = [entry("search", 1000, "found"), Entry("deck", 1000, judged, NEW)]
    assert read(tmp_path) == []
    write(entries, tmp_path, ABOUT)
    assert read(tmp_path) == entries
    write(entries[1:], tmp_path, ABOUT)
    assert "aaaaaaa" not in (tmp_path / "results.json").read_text()


def test_the_page_has_a_section_for_each_benchmark_and_a_run_for_each_row(tmp_path):
    entries = [
        Entry("deck", 2000, beside("dealt", 2000, 0.1, "peer", 0.3, at_least=2, note="a|b"), NEW),
        entry("search", 2000, "found"),
        entry("search", 1000, "found"),
        entry("search", 3000, "found"),
    ]
    write(entries, tmp_path, ABOUT)
    page = (tmp_path / "results.md").read_text()
    search = page.partition("## Search\n\nSearching.\n")[2].partition("\n## Deck\n\nDecks.\n")[0]
    assert [line.split(" | ")[1] for line in search.splitlines() if "found" in line] == [
        "1,000",
        "2,000",
        "3,000",
    ]
    assert (
        "| dealt | 2,000 | 100 ms | peer | 300 ms | 3 × | ≥ 2 × | pass "
        "| 2026-02-02 bbbbbbb \\* | a\\|b |"
    ) in page
    runs = page.partition("## Runs")[2]
    assert "| 2026-01-01 10:00 UTC | aaaaaaa | `scripts/bench` | one machine |" in runs
    assert "| 2026-02-02 10:00 UTC | bbbbbbb | `scripts/bench --only deck` | another |" in runs


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A folder in the place of bench/, with a record."""
    folder = tmp_path / "kept"
    monkeypatch.setattr(record, "HERE", folder)
    before = [entry("search", 2000, "two tags"), entry("whole", 2000, "an old name")]
    write(before, folder, ABOUT)
    return folder


def measured(name):
    def measure(site):
        yield Row(name, site.size, 1.0)

    return measure


def test_the_command_merges_into_the_record_and_nowhere_else(kept, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(command.BY_SIZE, "whole", measured("decided"))
    monkeypatch.setitem(command.ONCE, "kills", measured("killed"))
    arguments = ["--sizes", "3000,2000", "--only", "whole", "--only", "kills"]
    for folder in (kept, tmp_path / "elsewhere"):
        assert command.main([*arguments, "--work", str(tmp_path), "--out", str(folder)]) == 0
    here, elsewhere = read(kept), read(tmp_path / "elsewhere")
    assert [(e.benchmark, e.size, e.row.measure) for e in here] == [
        ("search", 2000, "two tags"),
        ("whole", 2000, "decided"),
        ("whole", 3000, "decided"),
        ("kills", 0, "killed"),
    ]
    assert [entry.row for entry in elsewhere] == [entry.row for entry in here[1:]]
    (run,) = {entry.run for entry in elsewhere}
    assert run.command == "scripts/bench --sizes 3000,2000 --only whole --only kills"
    assert str(tmp_path) not in (kept / "results.json").read_text()


def test_what_another_run_writes_meanwhile_is_kept(kept, tmp_path, monkeypatch):
    def slow(_site):
        write([*read(kept), entry("deck", 2000, "dealt meanwhile")], kept, ABOUT)
        yield Row("decided", 2000, 1.0)

    monkeypatch.setitem(command.BY_SIZE, "whole", slow)
    arguments = ["--sizes", "2000", "--only", "whole"]
    assert command.main([*arguments, "--work", str(tmp_path), "--out", str(kept)]) == 0
    assert {entry.row.measure for entry in read(kept)} == {"two tags", "dealt meanwhile", "decided"}


def test_what_was_measured_before_a_run_broke_is_kept(kept, tmp_path, monkeypatch):
    def breaks(_site):
        yield Row("begun", 2000, 1.0)
        raise RuntimeError("a fault of the benchmark")

    monkeypatch.setitem(command.BY_SIZE, "whole", measured("decided"))
    monkeypatch.setitem(command.BY_SIZE, "loading", breaks)
    arguments = ["--sizes", "2000", "--only", "whole", "--only", "loading"]
    with pytest.raises(RuntimeError):
        command.main([*arguments, "--work", str(tmp_path), "--out", str(kept)])
    assert [entry.row.measure for entry in read(kept)] == ["two tags", "decided"]


def test_a_small_part_is_not_recorded(kept, capsys):
    with pytest.raises(SystemExit):
        command.parse(["--quick", "--out", str(kept)])
    assert "not recorded" in capsys.readouterr().err


def test_the_record_is_one_file_of_known_benchmarks_and_the_page_is_made_from_it():
    assert [path.name for path in sorted(record.HERE.glob("results*"))] == [
        "results.json",
        "results.md",
    ]
    entries = read(record.HERE)
    assert merged([], entries) == entries
    assert {entry.benchmark for entry in entries} <= {*command.BY_SIZE, *command.ONCE}
    page = (record.HERE / "results.md").read_text()
    assert tables(page) == tables(record.markdown(entries, command.about()))
    fields = json.loads((record.HERE / "results.json").read_text())["rows"]
    assert len(fields) == len(entries)


def tables(page):
    return [line for line in page.splitlines() if line.startswith(("|", "#"))]


def test_the_readme_shows_the_figures_of_the_record_and_every_gate_that_is_missed():
    entries = read(record.HERE)
    figures = block(entries)
    readme = README.read_text()
    assert with_figures(readme, figures) == readme, "run python -m bench.readme"
    missed = sum(entry.row.passed is False for entry in entries)
    assert figures.count("| **missed** |") == missed
    assert figures.count("| met |") >= 20


def test_a_gate_that_nobody_chose_is_shown_once_it_is_missed():
    slow = Entry("deck", 32_000_000, at_most("dealt", 32_000_000, 3.0, 1.0), OLD)
    new = Entry("a new one", 1, failed("a new one", 1, "why"), OLD)
    good = Entry("deck", 1000, at_most("dealt", 1000, 0.5, 1.0), OLD)
    figures = block([slow, good, new])
    assert "| Dealt (32,000,000 images) | 3 s | ≤ 1 s | **missed** |" in figures
    assert "| A new one | failed | runs | **missed** |" in figures
    assert "0.5" not in figures
    assert len(unrecorded([slow])) > 20


def test_a_row_beside_any_peer_is_shown_beside_each():
    title = "engines: newest 42 with two tags, with the total"
    rows = [beside(title, 100_000, 0.001, peer, 0.03) for peer in ("Tantivy", "DuckDB")]
    figures = block([Entry("engines", 100_000, row, OLD) for row in rows])
    shown = "Two tags, the newest 42 with the total, 100,000 images"
    for peer in ("Tantivy", "DuckDB"):
        assert f"| {shown}, beside {peer} | 30 × as fast |  |  |" in figures


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (beside("m", 1, 0.001, "peer", 0.23, at_least=20), "| x | 230 × as fast | ≥ 20 × | met |"),
        (beside("m", 1, 1.0, "peer", 0.92), "| x | 0.92 × as fast |  |  |"),
        (
            Row("m", 1, 0.225, "", gate="≥ 0.35", passed=False),
            "| x | 22.5 % | ≥ 35 % | **missed** |",
        ),
        (Row("m", 1, 8138.3, "", gate="≥ 5,000", passed=True), "| x | 8,138 | ≥ 5,000 | met |"),
        (
            Row("m", 1, 1.2, "s", "first", 1.0, "≤ 1.1 ×", False),
            "| x | 1.2 × | ≤ 1.1 × | **missed** |",
        ),
        (Row("m", 1, 2e8, "B", "peer", 3e9), "| x | 200 MB (peer: 3 GB) |  |  |"),
        (Row("m", 1, 0.0, "n", gate="≤ 0", passed=True), "| x | 0 | 0 | met |"),
    ],
)
def test_a_row_is_shown_in_the_unit_of_its_gate(row, line):
    assert readme_line("x", row) == line
