"""Folders, single files, includes and links: what is opened, and what never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from smashpass.core.errors import NotFound, RulesInvalid
from smashpass.rulefiles.load import load, load_texts
from tests.support.rule_checks import check
from tests.support.rule_texts import GOOD, LOOKS, LOOKS_PATH, PORTRAITS, PORTRAITS_PATH

FREE = PORTRAITS.replace("- is: looks.fair-hair\n", "- fair\n").replace(
    "{use: looks.machine}", "{id: m, verdict: pass, reason: r}"
)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    root = tmp_path / "rules"
    for path, text in GOOD.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_a_folder_is_the_whole_set(rules: Path) -> None:
    (rules / "notes.txt").write_text("no rules")
    loaded = load([rules])
    assert loaded.problems == ()
    assert loaded.files == GOOD
    assert [tree.id for tree in loaded.trees] == ["portraits"]
    assert len(loaded.examples["portraits"]) == 7


def test_texts_and_files_give_the_same_set(rules: Path) -> None:
    assert load([rules]).trees == load_texts(GOOD).trees
    assert load([rules]).revision == load_texts(GOOD).revision


def test_a_file_brings_what_it_includes_by_paths_under_its_rules_folder(rules: Path) -> None:
    (rules / "other.yaml").write_text("not: read\n")
    loaded = load([rules / PORTRAITS_PATH])
    assert loaded.problems == ()
    assert loaded.files == GOOD


def test_without_a_rules_folder_a_file_stays_in_its_own(tmp_path: Path) -> None:
    (tmp_path / "trees").mkdir()
    (tmp_path / "fragments").mkdir()
    (tmp_path / LOOKS_PATH).write_text(LOOKS)
    (tmp_path / PORTRAITS_PATH).write_text(PORTRAITS)
    problems = load([tmp_path / PORTRAITS_PATH]).problems
    assert [(problem.code, problem.line, problem.col) for problem in problems] == [("E301", 6, 11)]
    assert load([tmp_path]).problems == ()


def test_problems_name_the_file_as_the_working_folder_sees_it(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (rules / LOOKS_PATH).write_text(LOOKS.replace("gte: 512", "gte: x"))
    monkeypatch.chdir(rules.parent)
    for argument in (Path("rules"), Path("rules/trees/portraits.yaml")):
        assert {problem.file for problem in check([argument])} == {"rules/fragments/looks.yaml"}
    assert {problem.file for problem in check([rules])} == {str(rules / LOOKS_PATH)}


def test_an_include_does_not_follow_a_link_out_of_the_folder(rules: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.yaml"
    outside.write_text(LOOKS)
    (rules / LOOKS_PATH).unlink()
    (rules / LOOKS_PATH).symlink_to(outside)
    problems = load([rules / PORTRAITS_PATH]).problems
    assert [(problem.code, problem.line, problem.col) for problem in problems] == [("E301", 6, 11)]
    problems = load([rules]).problems
    assert sorted((problem.code, problem.line, problem.col) for problem in problems) == [
        ("E301", 1, 1),
        ("E301", 6, 11),
    ]
    assert all(LOOKS not in text for text in load([rules]).files.values())


def test_a_link_inside_of_the_folder_is_the_file_it_leads_to(rules: Path) -> None:
    (rules / "trees/again.yaml").symlink_to(rules / PORTRAITS_PATH)
    assert load([rules]).problems == ()
    assert load([rules]).files == GOOD


def test_links_in_a_circle_are_no_file(rules: Path) -> None:
    (rules / "a.yaml").symlink_to(rules / "b.yaml")
    (rules / "b.yaml").symlink_to(rules / "a.yaml")
    text = PORTRAITS.replace("[../fragments/looks.yaml]", "[../fragments/looks.yaml, ../a.yaml]")
    (rules / PORTRAITS_PATH).write_text(text)
    assert [problem.code for problem in load([rules]).problems] == ["E302"]


def test_a_file_that_cannot_be_read_is_a_problem(rules: Path) -> None:
    (rules / LOOKS_PATH).chmod(0)
    try:
        (rules / LOOKS_PATH).read_text()
        pytest.skip("this user may read everything")
    except PermissionError:
        pass
    assert {problem.code for problem in load([rules]).problems} == {"E302"}


def test_several_files_of_one_folder_are_one_set(rules: Path) -> None:
    (rules / "trees/second.yaml").write_text(FREE.replace("id: portraits", "id: second"))
    loaded = load([rules / PORTRAITS_PATH, rules / "trees/second.yaml"])
    assert [tree.id for tree in loaded.trees] == ["portraits", "second"]
    assert [problem.code for problem in loaded.problems] == ["W304"]
    assert set(loaded.files) == {*GOOD, "trees/second.yaml"}


def test_files_of_different_folders_are_loaded_side_by_side(rules: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "t.yaml").write_text(FREE.replace("include: [../fragments/looks.yaml]", ""))
    loaded = load([rules, other])
    assert [problem.code for problem in loaded.errors] == ["E307"]
    (other / "t.yaml").write_text(
        FREE.replace("include: [../fragments/looks.yaml]", "").replace("id: portraits", "id: t")
    )
    loaded = load([rules, other])
    assert loaded.errors == ()
    assert [tree.id for tree in loaded.trees] == ["portraits", "t"]
    assert set(loaded.files) == {
        str(rules / LOOKS_PATH),
        str(rules / PORTRAITS_PATH),
        str(other / "t.yaml"),
    }


@pytest.mark.parametrize("name", ["nothing", "nothing.yaml", "a\0b", "empty"])
def test_a_path_that_leads_nowhere_is_an_error_of_the_caller(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound):
        load([tmp_path / name])


@pytest.mark.parametrize(
    "path", ["../x.yaml", "/x.yaml", "a/../x.yaml", "x", "", "a\nb.yaml", "./x.yaml"]
)
def test_a_text_needs_a_path_that_a_folder_could_have(path: str) -> None:
    problems = load_texts({path: LOOKS}).problems
    assert [(problem.code, problem.line, problem.col) for problem in problems] == [("E301", 1, 1)]
    assert problems[0].file.isprintable()


def test_two_files_that_include_each_other_are_both_named() -> None:
    looks = LOOKS.replace("id: looks\n", "id: looks\ninclude: [../trees/portraits.yaml]\n")
    problems = load_texts({**GOOD, LOOKS_PATH: looks}).problems
    assert [problem.code for problem in problems] == ["E303"]
    assert "trees/portraits.yaml → fragments/looks.yaml" in problems[0].message or (
        "fragments/looks.yaml → trees/portraits.yaml" in problems[0].message
    )


def test_a_set_with_an_error_cannot_be_required() -> None:
    broken = load_texts({**GOOD, LOOKS_PATH: LOOKS.replace("format: 1", "format: 2")})
    with pytest.raises(RulesInvalid) as caught:
        broken.require()
    assert str(caught.value).startswith("fragments/looks.yaml:1:9: error[E208]")
    rules = load_texts(GOOD)
    assert rules.require() is rules


def test_no_files_are_an_empty_set() -> None:
    assert load_texts({}).trees == ()


def test_names_of_an_included_file_are_not_passed_on() -> None:
    middle = (
        "format: 1\nid: middle\ninclude: [looks.yaml]\npredicates:\n  p: {is: looks.fair-hair}\n"
    )
    tree = PORTRAITS.replace("../fragments/looks.yaml", "../fragments/middle.yaml")
    files = {**GOOD, PORTRAITS_PATH: tree, "fragments/middle.yaml": middle}
    assert [problem.code for problem in load_texts(files).problems] == ["E305", "E305"]
    tree = tree.replace("is: looks.fair-hair", "is: middle.p").replace(
        "{use: looks.machine}", "{id: m, verdict: pass, reason: r}"
    )
    tree = tree.replace("leaf: machine-big", "leaf: m").replace("leaf: machine-small", "leaf: m")
    assert check_codes({**files, PORTRAITS_PATH: tree}) == []


def check_codes(files: dict[str, str]) -> list[str]:
    return [problem.code for problem in load_texts(files).problems]
