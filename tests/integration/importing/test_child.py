"""Imports in a process of their own: told, stopped, and only below permitted folders."""

from __future__ import annotations

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadInput, Conflict, NotPossible
from smashpass.importing.runs.child import import_in_child
from smashpass.importing.runs.permitted import permitted
from smashpass.services.importing.request import AskedImport, of_payload
from smashpass.settings import load
from smashpass.store.engine.database import schema_version

GOOD = "MIT,shop,digitalCreation,false,creature"
HEAD = "id,tags,licence,source,digital_source_type,real_person,depicts\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The home that child processes use, too."""
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def table(tmp_path, rows):
    path = tmp_path / "a.csv"
    path.write_text(HEAD + "".join(f"{number},hat,{GOOD}\n" for number in range(rows)))
    return path


def runs_of(home):
    """The runs that have begun; none before there is a library."""
    if not (home / "smashpass.db").exists():
        return []
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    try:
        return parts.runs.latest() if schema_version(parts.engine) else []
    finally:
        parts.engine.dispose()


def only_run(home):
    (run,) = runs_of(home)
    return run


def test_an_import_is_told_to_its_end(home, tmp_path):
    path = table(tmp_path, 3)
    with path.open("a") as more:
        more.write("x,hat,,shop,digitalCreation,false,creature\n")
    shares = []
    import_in_child(AskedImport(str(path), "ann").arguments(7), shares.append)
    assert shares[0] == 0
    assert all(0 <= share <= 100 for share in shares)
    run = only_run(home)
    assert (run.state, run.added, run.refused) == ("done", 3, 1)


def test_an_import_that_is_cancelled_goes_on_from_there(home, tmp_path):
    arguments = AskedImport(str(table(tmp_path, 100_000)), "ann").arguments(7)

    def cancelled(_share):
        if runs_of(home):
            raise Conflict("the job was cancelled")

    with pytest.raises(Conflict, match="cancelled"):
        import_in_child(arguments, cancelled)
    run = only_run(home)
    assert run.state == "interrupted"
    import_in_child(arguments, lambda _: None)
    finished = only_run(home)
    assert (finished.id, finished.state, finished.added) == (run.id, "done", 100_000)


def test_an_import_that_fails_says_why(home, tmp_path):
    del home
    path = tmp_path / "a.xyz"
    path.write_text("no collection")
    with pytest.raises(NotPossible, match=r"\w") as caught:
        import_in_child(["--", str(path)], lambda _: None)
    assert "exit code" not in str(caught.value)
    with pytest.raises(NotPossible, match="No such option"):
        import_in_child(["--nonsense"], lambda _: None)


def test_only_what_lies_below_a_permitted_folder_is_read(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "inside-out"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "a.csv").write_text(HEAD)
    (inside / "way_out").symlink_to(outside)
    setting = f"{tmp_path}/nowhere:{inside}"
    assert permitted(str(inside / "a.csv"), setting) == inside / "a.csv"
    assert permitted(str(inside), setting) == inside
    for wrong in (outside / "a.csv", inside / "way_out" / "a.csv", inside / ".." / "inside-out"):
        with pytest.raises(BadInput, match="not below a permitted folder"):
            permitted(str(wrong), setting)
    for missing in ("/no/such", "a\0b", "", "x" * 5_000):
        with pytest.raises(BadInput):
            permitted(missing, setting)
    for nothing in ("", " ", ":"):
        with pytest.raises(NotPossible, match="cannot be started from here"):
            permitted(str(inside), nothing)


def test_what_is_asked_survives_the_way_through_a_job():
    request = AskedImport(
        "/data/-a b", "ann", None, "append", "MIT", "--shop", "digitalArt", True, "creature"
    )
    assert of_payload(request.payload()) == request
    assert request.arguments(7) == [
        "--job=7",
        "--on-existing=append",
        "--licence=MIT",
        "--source=--shop",
        "--digital-source-type=digitalArt",
        "--depicts=creature",
        "--no-real-person",
        "--",
        "/data/-a b",
    ]
    assert AskedImport("/data", "ann", retry=3).arguments(7) == ["--job=7", "--retry=3"]
    with pytest.raises(BadInput, match="licence"):
        AskedImport("/data", "ann", licence="free for all").payload()
