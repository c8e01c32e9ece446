"""An image traced through trees: the places it comes to are those of the decision."""

from __future__ import annotations

from hypothesis import given

from smashpass.core.imageset import Ordinal
from smashpass.core.rules.analysis.leaf_counts import leaf_counts
from smashpass.rulefiles.load import load_texts
from smashpass.services.rules.authoring.inspection import inspect_file
from smashpass.services.rules.authoring.outline import only_path, outline
from smashpass.services.rules.authoring.review import compare_rules
from smashpass.services.rules.authoring.trace import trace
from smashpass.services.rules.book import RuleBook
from tests.support.builders import a_library
from tests.support.rule_strategies import populated, trees
from tests.support.trees import tree


@given(populated, trees())
def test_the_places_lead_to_the_leaf_that_decides(library, made):
    book = RuleBook.of("r", [made])
    counted = dict.fromkeys(leaf_counts(made, library.index), 0)
    for ordinal in library.live:
        (found,) = trace(book, library.vocabulary, library.index.facts(Ordinal(ordinal), {}))
        root = outline(made, path=set(found.node_paths))
        taken = [one for one in root if one.on_path]
        assert taken[-1].id == found.decision.leaf
        assert [one.node_path for one in taken] == list(found.node_paths)
        assert [one for one in only_path(root) if one.on_path][-1].node_path == taken[-1].node_path
        for node_path in found.node_paths:
            counted[node_path] += 1
    # What the algebra leaves open, since only the viewer tells, is traced as missing.
    assert all(
        counted[node_path] >= images
        for node_path, images in leaf_counts(made, library.index).items()
    )


def test_a_file_is_looked_at_with_the_others_beside_it():
    files = {
        "t.yaml": tree("t", expected="four"),
        "u.yaml": tree("u", labels="[]", expected="three"),
    }
    rules = load_texts(files)
    index = a_library(beard=[1, 2], glasses=[2, 3], hat=[4]).index

    look = inspect_file(rules, "t.yaml", index, {"one": 1})

    assert {each.file for each in look.problems} == {"t.yaml"}
    assert [(each.code, each.line) for each in look.problems if each.severity == "error"] == [
        ("E602", 19)
    ]
    assert (look.errors, look.passed, len(look.tests)) == (1, 3, 4)
    assert look.root is not None
    assert [each.images for each in look.root] == [4, 2, 2, 1, 1, 1, 0]


def test_a_fragment_is_looked_at_with_every_tree():
    files = {"t.yaml": tree("t", expected="four"), "looks.yaml": "format: 1\nid: looks\n"}

    look = inspect_file(load_texts(files), "looks.yaml", a_library(beard=[1]).index, {})

    assert look.tree is None
    assert any(each.code == "E602" for each in look.problems)


def test_sets_are_compared_in_text_and_in_meaning():
    old = {"t.yaml": tree("t"), "gone.yaml": tree("gone", labels="[]")}
    new = {"t.yaml": tree("t", weight=70), "new.yaml": tree("new", labels="[]")}

    found = compare_rules(load_texts(old), load_texts(new), old, new)

    assert [(each.id, each.what) for each in found.trees] == [
        ("gone", "removed"),
        ("new", "added"),
        ("t", "changed"),
    ]
    assert sorted(found.files) == ["gone.yaml", "new.yaml", "t.yaml"]
    (move,) = found.trees[2].moves
    assert (move.before.id, move.after.id, move.decides_differently) == ("one", "one", True)
