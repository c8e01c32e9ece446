"""Publishing rule sets: what decides afterwards, what is logged, and what is refused."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadInput, Conflict, NotFound, NotPossible, RulesInvalid
from smashpass.core.operations.changelog import RevisionEdit
from smashpass.core.rules.ruleset import RuleSet
from smashpass.rulefiles.load import load_texts
from smashpass.services.rules.publish import PublishResult
from tests.support.trees import LOOKS, tree

FILES = {
    "trees/a.yaml": tree("a"),
    "trees/b.yaml": tree("b", labels="[]", include="../fragments/looks.yaml"),
    "fragments/looks.yaml": LOOKS,
}


def publish(
    installation: Installation, files: Mapping[str, str], reason: str = "why"
) -> PublishResult:
    return installation.publishing.publish(
        load_texts(files), by="ann", origin="test", reason=reason
    )


def publish_file(installation: Installation, files: Mapping[str, str]) -> PublishResult:
    return installation.publishing.publish_files(
        load_texts(files), by="ann", origin="test", reason="why"
    )


def log(installation: Installation) -> list[tuple[str, str, str]]:
    return [
        (change.kind, change.by, change.reason) for change in installation.changes.read_after(0)
    ]


def active_weights(installation: Installation) -> dict[str, object]:
    revision = installation.revisions.active()
    assert revision is not None
    return {tree.id: tree.root.arms[0].then for tree in load_texts(revision.files).trees}


def test_a_published_set_decides_and_is_logged_once(installation: Installation) -> None:
    publication = publish(installation, FILES, "  first\n rules ")

    active = installation.revisions.active()
    assert publication.changed
    assert active is not None
    assert active.sha256 == load_texts(FILES).revision == publication.revision.sha256
    assert active.files == dict(sorted(FILES.items()))
    assert publication.trees.as_json() == {"added": ["a", "b"], "removed": [], "changed": []}
    assert log(installation) == [("revision", "ann", "first rules")]
    body = installation.changes.get(1).body()
    assert body == RevisionEdit(active.number, active.sha256, 0)


def test_publishing_the_same_set_again_changes_nothing(installation: Installation) -> None:
    publish(installation, FILES)
    second = publish(
        installation, {**FILES, "trees/a.yaml": "# a comment\n" + FILES["trees/a.yaml"]}
    )

    assert not second.changed
    assert len(log(installation)) == 1
    assert len(installation.publishing.list()) == 1


def test_a_set_published_earlier_becomes_active_again(installation: Installation) -> None:
    first = publish(installation, FILES)
    publish(installation, {"c.yaml": tree("c")})
    second = publish(installation, FILES)

    assert second.changed
    assert second.revision.number == first.revision.number
    assert len(installation.publishing.list()) == 2
    assert len(log(installation)) == 3


def test_a_folder_is_the_whole_set(installation: Installation) -> None:
    publish(installation, FILES)
    publication = publish(installation, {"c.yaml": tree("c")})

    assert publication.trees.as_json() == {"added": ["c"], "removed": ["a", "b"], "changed": []}


@pytest.mark.parametrize("reason", ["", "  \n", "a\x00b", "\x1b[31mred", "x" * 501, "\udcff"])
def test_a_reason_is_a_line_of_plain_text(installation: Installation, reason: str) -> None:
    with pytest.raises(BadInput, match="the reason"):
        publish(installation, FILES, reason)
    assert log(installation) == []


def test_errors_and_failing_tests_are_all_named_and_nothing_is_published(
    installation: Installation,
) -> None:
    broken = {
        "a.yaml": tree("a", expected="two"),
        "b.yaml": tree("b", labels="[]").replace("if: hat", "if: [hat]"),
        "c.yaml": tree("c", labels="[]", include="none.yaml"),
    }
    with pytest.raises(RulesInvalid) as caught:
        publish(installation, broken)

    problems = {(problem.file, problem.code) for problem in caught.value.problems}
    assert {("a.yaml", "E602"), ("b.yaml", "E210"), ("c.yaml", "E302")} <= problems
    assert log(installation) == []


def test_warnings_block_nothing(installation: Installation) -> None:
    publication = publish(installation, {"a.yaml": tree("a"), "b.yaml": tree("b")})

    assert publication.changed
    assert [problem.code for problem in publication.warnings] == ["W304"]


def test_a_set_without_a_tree_is_refused(installation: Installation) -> None:
    with pytest.raises(BadInput, match="no tree"):
        publish(installation, {"looks.yaml": LOOKS})


def test_a_file_replaces_its_tree_and_leaves_the_others(installation: Installation) -> None:
    publish(installation, FILES)
    before = active_weights(installation)
    publication = publish_file(installation, {"trees/a.yaml": tree("a", weight=90)})

    assert publication.trees.as_json() == {"added": [], "removed": [], "changed": ["a"]}
    assert active_weights(installation)["b"] == before["b"]
    assert set(publication.revision.files) == set(FILES)


def test_a_file_is_added_if_its_tree_is_new(installation: Installation) -> None:
    publish(installation, FILES)
    publication = publish_file(installation, {"c.yaml": tree("c", labels="[]")})

    assert publication.trees.as_json() == {"added": ["c"], "removed": [], "changed": []}
    assert set(publication.revision.files) == {*FILES, "c.yaml"}


def test_a_tree_may_move_to_another_file(installation: Installation) -> None:
    publish(installation, FILES)
    publication = publish_file(installation, {"a.yaml": tree("a", weight=90)})

    assert publication.trees.as_json() == {"added": [], "removed": [], "changed": ["a"]}
    assert set(publication.revision.files) == {*FILES, "a.yaml"} - {"trees/a.yaml"}


def test_a_fragment_goes_with_the_tree_that_includes_it(installation: Installation) -> None:
    publish(installation, FILES)
    looks = LOOKS.replace("hair:white", "hair:silver")
    publication = publish_file(
        installation,
        {
            "trees/b.yaml": tree(
                "b", labels="[]", include="../fragments/looks.yaml", first="{is: looks.fair}"
            ).replace("given: {tags: [beard", "given: {tags: [hair:silver"),
            "fragments/looks.yaml": looks,
        },
    )
    assert publication.trees.changed == ("b",)
    assert publication.revision.files["fragments/looks.yaml"] == looks


def test_a_fragment_cannot_move_away_from_those_who_include_it(
    installation: Installation,
) -> None:
    publish(installation, FILES)
    files = {"c.yaml": tree("c", labels="[]", include="looks.yaml"), "looks.yaml": LOOKS}
    with pytest.raises(Conflict, match=r"fragments/looks\.yaml"):
        publish_file(installation, files)


def test_a_file_that_breaks_a_test_of_the_active_set_is_refused(
    installation: Installation,
) -> None:
    fair = tree("b", include="../fragments/looks.yaml", first="{is: looks.fair}")
    fair = fair.replace("given: {tags: [beard", "given: {tags: [hair:white")
    publish(installation, {"trees/b.yaml": fair, "fragments/looks.yaml": LOOKS})
    with pytest.raises(RulesInvalid) as caught:
        publish_file(
            installation,
            {
                "trees/c.yaml": tree("c", labels="[]", include="../fragments/looks.yaml"),
                "fragments/looks.yaml": LOOKS.replace(", hair:white", ""),
            },
        )
    assert [
        (problem.file, problem.code) for problem in caught.value.problems if problem.code[0] == "E"
    ] == [("trees/b.yaml", "E602")]


def test_two_files_published_at_the_same_moment_both_count(installation: Installation) -> None:
    publish(installation, FILES)
    start = threading.Barrier(4)
    failed: list[Exception] = []

    def one(name: str) -> None:
        start.wait()
        try:
            publish_file(installation, {f"{name}.yaml": tree(name, labels="[]")})
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=one, args=(name,)) for name in ("c", "d", "e", "f")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert set(active_weights(installation)) == {"a", "b", "c", "d", "e", "f"}


def test_a_rollback_brings_an_earlier_revision_back(installation: Installation) -> None:
    first = publish(installation, FILES)
    publish(installation, {"c.yaml": tree("c")})
    publication = installation.publishing.rollback(
        first.revision.sha256[:6], by="bob", origin="test", reason="worse"
    )

    assert publication.changed
    assert publication.revision.sha256 == first.revision.sha256
    assert publication.trees.as_json() == {"added": ["a", "b"], "removed": ["c"], "changed": []}
    assert log(installation)[-1] == ("revision", "bob", "worse")
    second = installation.publishing.rollback("active", by="bob", origin="test", reason="worse")
    assert not second.changed
    assert len(log(installation)) == 3


def test_a_revision_that_cannot_be_read_any_more_is_not_brought_back(
    installation: Installation,
) -> None:
    broken = {"a.yaml": tree("a").replace("format: 1", "format: 9")}
    installation.revisions.publish(broken, "ab" * 32, by="ann", reason="by another program")
    publish(installation, FILES)
    with pytest.raises(RulesInvalid):
        installation.publishing.rollback("abab", by="bob", origin="test", reason="x")
    active = installation.revisions.active()
    assert active is not None
    assert active.sha256 == load_texts(FILES).revision


@pytest.mark.parametrize(
    ("name", "detail", "proposed"),
    [
        ("ffff", "there is no revision 'ffff'", "cdcdcdcdcdcd, abababababab, ababab111111"),
        ("abab", "2 revisions begin with 'abab'", "abababababab, ababab111111"),
        ("cd", "'cd' is too short", "cdcdcdcdcdcd"),
        ("", "'' is too short", "cdcdcdcdcdcd, abababababab"),
        ("%", "there is no revision '%'", "cdcdcdcdcdcd"),
        ("\x00", "there is no revision", "cdcdcdcdcdcd"),
        ("é" * 100, "there is no revision", "cdcdcdcdcdcd"),
    ],
)
def test_a_revision_that_is_not_one_is_answered_with_proposals(
    installation: Installation, name: str, detail: str, proposed: str
) -> None:
    for sha256 in ("ababab" + "1" * 58, "ab" * 32, "cd" * 32):
        installation.revisions.publish({}, sha256, by="ann", reason="x")
    with pytest.raises(NotFound) as caught:
        installation.publishing.find(name)
    assert caught.value.detail.startswith(detail)
    assert proposed in caught.value.hint


def test_a_revision_is_found_by_its_first_digits(installation: Installation) -> None:
    for sha256 in ("ababab" + "1" * 58, "ab" * 32):
        installation.revisions.publish({}, sha256, by="ann", reason="x")
    assert installation.publishing.find("ABABab1").sha256 == "ababab" + "1" * 58
    assert installation.publishing.find("active").sha256 == "ab" * 32


def test_nothing_is_found_where_nothing_is_published(installation: Installation) -> None:
    for name in ("active", "abcd"):
        with pytest.raises(NotFound):
            installation.publishing.find(name)
    assert installation.publishing.list() == []


def test_a_diff_names_the_trees_by_meaning_and_the_files_by_text(
    installation: Installation,
) -> None:
    first = publish(installation, FILES)
    changed = {
        "trees/a.yaml": "# only a comment\n" + FILES["trees/a.yaml"],
        "trees/b.yaml": FILES["trees/b.yaml"].replace("weight: 60", "weight: 61"),
        "fragments/looks.yaml": LOOKS,
        "trees/c.yaml": tree("c", labels="[]").rstrip("\n"),
    }
    second = publish(installation, changed)
    diff = installation.publishing.diff(first.revision.sha256, second.revision.sha256)

    assert diff.trees.as_json() == {"added": ["c"], "removed": [], "changed": ["b"]}
    assert set(diff.files) == {"trees/a.yaml", "trees/b.yaml", "trees/c.yaml"}
    assert diff.files["trees/a.yaml"].splitlines()[:4] == [
        "--- a/trees/a.yaml",
        "+++ b/trees/a.yaml",
        "@@ -1,3 +1,4 @@",
        "+# only a comment",
    ]
    assert diff.files["trees/c.yaml"].startswith("--- /dev/null\n+++ b/trees/c.yaml\n")
    assert diff.files["trees/c.yaml"].endswith("\n\\ No newline at end of file")


def test_a_diff_can_be_applied_by_patch(installation: Installation, tmp_path: Path) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    first = publish(installation, FILES)
    second = publish(
        installation,
        {
            "trees/a.yaml": tree("a", weight=12).rstrip("\n"),
            "trees/c.yaml": tree("c", labels="[]"),
        },
    )
    for path, text in FILES.items():
        (tmp_path / "work" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "work" / path).write_text(text)
    diff = installation.publishing.diff(first.revision.sha256, second.revision.sha256)
    patch = "\n".join(diff.files.values()) + "\n"
    subprocess.run([git, "apply", "-"], input=patch, text=True, cwd=tmp_path / "work", check=True)
    written = {
        path.relative_to(tmp_path / "work").as_posix(): path.read_text()
        for path in (tmp_path / "work").rglob("*.yaml")
    }
    assert written == dict(second.revision.files)


def test_the_shipped_rules_are_published_where_none_decide(installation: Installation) -> None:
    published = Container(installation).rules.ensure_active()
    assert published is not None
    assert published.trees.added == ("avatars", "faces", "robots")
    assert Container(installation).rules.ensure_active() is None
    assert len(log(installation)) == 1


def test_rules_that_decide_are_left_alone_by_a_start(installation: Installation) -> None:
    first = publish(installation, FILES)
    assert Container(installation).rules.ensure_active() is None
    active = installation.revisions.active()
    assert active is not None
    assert active.sha256 == first.revision.sha256


def test_several_processes_that_start_at_once_publish_once(installation: Installation) -> None:
    start = threading.Barrier(4)
    results: list[PublishResult | None] = []

    def one() -> None:
        start.wait()
        results.append(Container(installation).rules.ensure_active())

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert len(log(installation)) == 1


def test_a_process_follows_what_another_publishes(installation: Installation) -> None:
    other = Installation(installation.settings)
    with pytest.raises(NotPossible, match="no rules are published"):
        _ = other.rules.book
    assert other.rules.refresh() == 0

    first = publish(installation, FILES)
    book = other.rules.book
    assert (book.revision, book.number) == (first.revision.sha256, first.revision.number)
    assert other.rules.refresh() == first.revision.number
    assert other.rules.book is book

    second = publish(installation, {"c.yaml": tree("c")})
    assert other.rules.book is book
    other.rules.refresh()
    assert other.rules.book.revision == second.revision.sha256
    assert sorted(other.rules.book.trees) == ["c"]
    other.engine.dispose()


def test_rules_that_cannot_be_read_never_replace_good_ones(installation: Installation) -> None:
    publish(installation, FILES)
    book = installation.rules.book
    broken = {"a.yaml": tree("a").replace("format: 1", "format: 9")}
    installation.revisions.publish(broken, "ab" * 32, by="ann", reason="by another program")
    with pytest.raises(RulesInvalid):
        installation.rules.refresh()
    assert installation.rules.book is book


def test_what_is_loaded_says_which_file_is_which(installation: Installation) -> None:
    rules: RuleSet = load_texts({**FILES, "broken.yaml": "format: 1\n"})
    assert rules.ids == {
        "fragments/looks.yaml": "looks",
        "trees/a.yaml": "a",
        "trees/b.yaml": "b",
    }
