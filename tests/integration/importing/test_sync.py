"""What left the source is hidden and comes back; never too much at once."""

from __future__ import annotations

import json

import pytest

from smashpass.cli.main import run

STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation", "--media", "none")  # fmt: skip


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))

    class Shop:
        def stock(self, keys, name="a.csv"):
            rows = "".join(f"{key},hat\n" for key in keys)
            (tmp_path / name).write_text(f"id,tags\n{rows}")

        def sync(self, *options, name="a.csv"):
            command = ["import", str(tmp_path / name), *STATED, "--json", *options]
            counts = []
            for dry in (["--dry-run"], []):
                capsys.readouterr()
                code = run([*command, *dry])
                last = json.loads(capsys.readouterr().out.splitlines()[-1])
                names = ("added", "unchanged", "hidden", "shown", "code")
                counts.append((code, *(last[name] for name in names if name in last)))
            assert counts[0] == counts[1]
            return counts[0]

        def shown(self):
            capsys.readouterr()
            run(["search", "hat", "--count", "--json"])
            return json.loads(capsys.readouterr().out)["matched"]

    return Shop()


def test_what_left_is_hidden_and_comes_back(shop):
    shop.stock(range(100))
    shop.sync()
    shop.stock(range(500, 510), "b.csv")
    shop.sync("--sync", name="b.csv")
    assert shop.shown() == 110

    shop.stock(range(5, 103))
    assert shop.sync("--sync") == (0, 3, 95, 5, 0)
    assert shop.shown() == 108
    assert shop.sync("--sync") == (0, 0, 98, 0, 0)

    shop.stock(range(103))
    assert shop.sync("--sync") == (0, 0, 103, 0, 5)
    assert shop.shown() == 113


def test_without_the_option_nothing_is_hidden(shop):
    shop.stock(range(10))
    shop.sync()
    shop.stock(range(9))
    assert shop.sync() == (0, 0, 9, 0, 0)
    assert shop.shown() == 10


def test_too_much_at_once_is_hidden_only_when_told_so(shop):
    shop.stock(range(100))
    shop.sync()
    shop.stock(range(50))
    assert shop.sync("--sync") == (1, "not_possible")
    assert shop.shown() == 100
    assert shop.sync("--sync", "--sync-limit", "60") == (0, 0, 50, 50, 0)
    assert shop.shown() == 50


def test_a_row_that_broke_is_not_taken_for_one_that_left(shop, tmp_path):
    shop.stock(range(100))
    shop.sync()
    table = tmp_path / "a.csv"
    rows = "".join(f"{key},hat,{'wide' if key == 7 else 5}\n" for key in range(100))
    table.write_text(f"id,tags,width\n{rows}")
    assert shop.sync("--sync") == (3, 0, 99, 0, 0)
    assert shop.shown() == 100
