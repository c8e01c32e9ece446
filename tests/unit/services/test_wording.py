"""Edits of words: what they lead to, what they refuse, and their exact effect beforehand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from smashpass.core.errors import BadTag, Conflict, NotFound, SmashpassError
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.core.rules.tree import AllOf, Arm, Branch, Leaf, Node, Predicate, TagTest, Tree
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.vocabulary.edited import edited
from smashpass.services.vocabulary.plans import (
    plan_alias,
    plan_deprecation,
    plan_implication,
    plan_merge,
    plan_rename,
    plan_unalias,
    plan_unimplication,
)
from smashpass.services.vocabulary.preview import impact_of
from tests.support.builders import ALIASES, TAGS, Library, a_library, libraries

SMASH = Leaf("yes", "smash", 60, "y")
PASS = Leaf("no", "pass", 60, "n")
NAMES = (*TAGS, *ALIASES, "new", "hair:new")
ANY = st.sampled_from(NAMES)


def plan(words: Vocabulary, kind: str, name: str, other_name: str) -> VocabularyPlan:
    match kind:
        case "alias":
            return plan_alias(words, name, other_name)
        case "unalias":
            return plan_unalias(words, name)
        case "rename":
            return plan_rename(words, name, other_name)
        case "merge":
            return plan_merge(words, name, other_name)
        case "imply":
            return plan_implication(words, name, other_name)
        case "unimply":
            return plan_unimplication(words, name, other_name)
        case _:
            return plan_deprecation(words, name)


KINDS = st.sampled_from(["alias", "unalias", "rename", "merge", "imply", "unimply", "deprecate"])


def applied(library: Library, edit: VocabularyPlan) -> Library:
    """Do to plain data what an edit says."""
    aliases = {
        alias: tag for alias, tag in library.aliases.items() if (alias, tag) not in edit.unaliased
    } | dict(edit.aliased)
    pairs = (library.implications - set(edit.unimplied)) | set(edit.implied)
    new = dict.fromkeys([*library.names, *(n for p in (*edit.aliased, *edit.implied) for n in p)])
    return replace(library, aliases=aliases, implications=frozenset(pairs), names=tuple(new))


def a_tree(name: str, other_name: str) -> Tree:
    when: Predicate = AllOf((TagTest(name), TagTest(other_name)))
    inner: Node = Branch("inner", "if", (Arm(when, SMASH),), PASS)
    return Tree("t", Branch("top", "if", (Arm(TagTest(name), inner),), PASS))


def naive_impact(before: Library, after: Library, name: str, other_name: str) -> dict[str, int]:
    counts = {"images": 0, "added": 0, "removed": 0, "verdicts": 0}
    for ordinal in before.live:
        had, has = before.effective(ordinal), after.effective(ordinal)
        counts["images"] += had != has
        counts["added"] += len(has - had)
        counts["removed"] += len(had - has)
        smashed = {before.canonical(name), before.canonical(other_name)} <= had
        smashes = {after.canonical(name), after.canonical(other_name)} <= has
        counts["verdicts"] += smashed != smashes
    return counts


@given(libraries(), KINDS, ANY, ANY, ANY, ANY)
def test_the_impact_is_what_a_recount_of_plain_sets_gives(library, kind, name, other_name, a, b):
    try:
        edit = plan(library.vocabulary, kind, name, other_name)
    except SmashpassError:
        assume(False)
    impact = impact_of(library.index, edit, [a_tree(a, b)])
    assert impact.as_json() == naive_impact(library, applied(library, edit), a, b)


class Words(RuleBasedStateMachine):
    """Makes edits one after the other, as names and as plain pairs."""

    @initialize(library=libraries(max_images=6))
    def start(self, library):
        self.library = library
        self.words = library.vocabulary

    @rule(kind=KINDS, name=ANY, other_name=ANY)
    def an_edit(self, kind, name, other_name):
        try:
            edit = plan(self.words, kind, name, other_name)
        except (Conflict, NotFound):
            return
        before = self.words
        self.words = edited(before, edit)
        self.library = applied(self.library, edit)
        assert before.names == self.words.names[: len(before.names)]

    @invariant()
    def the_words_mean_what_plain_pairs_mean(self):
        names = self.words.names
        assert {names[a]: names[t] for a, t in self.words.aliases.items()} == self.library.aliases
        pairs = {(names[t], names[i]) for t, all_ in self.words.implications.items() for i in all_}
        assert pairs == self.library.implications

    @invariant()
    def there_are_no_chains_and_no_circles(self):
        aliases = self.words.aliases
        assert not set(aliases) & set(aliases.values())
        bound = set(self.words.implications).union(*self.words.implications.values())
        assert not set(aliases) & bound
        assert all(tag not in self.words.implied(tag) for tag in bound)


TestWords = Words.TestCase


BASE = Vocabulary.of(
    ["beard", "hat", "hat:top", "glasses", "beard_full"],
    {"whiskers": "beard", "specs": "glasses"},
    [("beard_full", "beard"), ("hat:top", "hat")],
)


@pytest.mark.parametrize(
    ("kind", "name", "other_name", "error", "text"),
    [
        ("alias", "beard", "beard", Conflict, "cannot stand for itself"),
        ("alias", "hair", "whiskers", Conflict, "'whiskers' is an alias of 'beard'; use 'beard'"),
        ("alias", "whiskers", "beard", Conflict, "is an alias of 'beard' already"),
        ("alias", "whiskers", "hat", Conflict, "remove that alias first"),
        ("alias", "beard_full", "hat", Conflict, "has implications: beard_full → beard"),
        ("alias", "nothing", "berd", NotFound, "did you mean beard"),
        ("alias", "a b,c", "beard", BadTag, "','"),
        ("alias", "", "beard", BadTag, "empty"),
        ("alias", "image:x", "beard", BadTag, "reserved"),
        ("rename", "nope", "x", NotFound, "there is no tag 'nope'"),
        ("rename", "whiskers", "x", Conflict, "is an alias of 'beard'"),
        ("rename", "beard", "hat", Conflict, "merge the tags instead"),
        ("rename", "beard", "Beard", Conflict, "cannot stand for itself"),
        ("merge", "beard", "nope", NotFound, "there is no tag 'nope'"),
        ("merge", "beard", "specs", Conflict, "is an alias of 'glasses'"),
        ("merge", "hat", "hat", Conflict, "cannot stand for itself"),
        ("imply", "hat", "hat", Conflict, "cannot imply itself"),
        ("imply", "beard", "beard_full", Conflict, "would close a circle"),
        ("imply", "beard_full", "beard", Conflict, "implies 'beard' already"),
        ("imply", "whiskers", "hat", Conflict, "use 'beard'"),
        ("imply", "nope", "nada", NotFound, "there is no tag 'nope'"),
        ("unalias", "beard", "", NotFound, "'beard' is not an alias"),
        ("unalias", "nope", "", NotFound, "there is no tag 'nope'"),
        ("unimply", "beard", "hat", NotFound, "it implies nothing"),
        ("unimply", "beard_full", "hat", NotFound, "it implies beard"),
        ("unimply", "nope", "hat", NotFound, "there is no tag"),
        ("deprecate", "whiskers", "", Conflict, "is an alias"),
        ("deprecate", "nope", "", NotFound, "there is no tag"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused_with_a_way_out(kind, name, other_name, error, text):
    with pytest.raises(error) as caught:
        plan(BASE, kind, name, other_name)
    assert text in str(caught.value)


def test_an_alias_must_be_of_the_tag_that_is_named_to_be_removed():
    with pytest.raises(NotFound, match="it is an alias of 'beard'"):
        plan_unalias(BASE, "whiskers", "hat")
    assert plan_unalias(BASE, "Whiskers", "beard").unaliased == (("whiskers", "beard"),)


def test_a_rename_keeps_the_old_name_and_moves_what_hangs_on_it():
    after = edited(BASE, plan_rename(BASE, "beard", "facial hair"))
    new = after.resolve("facial_hair")
    assert new is not None
    for name in ("beard", "whiskers", "facial_hair"):
        assert after.resolve(name) == new
    full = after.find("beard_full")
    assert full is not None
    assert after.implied(full) == {new}


def test_a_rename_back_is_possible():
    renamed = edited(BASE, plan_rename(BASE, "beard", "stubble"))
    back = edited(renamed, plan_rename(renamed, "stubble", "beard"))
    assert back.resolve("stubble") == back.find("beard") == back.resolve("whiskers")


def test_a_merge_hands_over_implications_and_never_closes_a_circle():
    words = Vocabulary.of(["a", "b", "c"], {}, [("a", "b"), ("b", "c")])
    after = edited(words, plan_merge(words, "c", "a"))
    a, b = after.find("a"), after.find("b")
    assert a is not None
    assert b is not None
    assert after.resolve("c") == a
    assert after.implied(a) == {b}
    assert after.implied(b) == frozenset()


def test_a_deprecated_tag_can_be_restored():
    marked = edited(BASE, plan_deprecation(BASE, "hat"))
    assert marked.deprecated == {BASE.find("hat")}
    assert edited(marked, plan_deprecation(marked, "hat", back=True)).deprecated == frozenset()


def test_an_impact_counts_images_tags_and_verdicts():
    library = a_library(beard=[1, 2], beard_full=[2, 3], hat=[4], hidden=[5], glasses=[5])
    tree = a_tree("beard", "beard")
    implied = plan_implication(library.vocabulary, "beard_full", "beard")
    assert impact_of(library.index, implied, [tree]).as_json() == {
        "images": 1,
        "added": 1,
        "removed": 0,
        "verdicts": 1,
    }
    merged = plan_merge(library.vocabulary, "hat", "beard")
    assert impact_of(library.index, merged, [tree]).as_json() == {
        "images": 1,
        "added": 1,
        "removed": 1,
        "verdicts": 1,
    }
    hidden = plan_merge(library.vocabulary, "glasses", "beard")
    assert impact_of(library.index, hidden, [tree]).images == 0


def test_an_impact_leaves_the_index_as_it_is():
    library = a_library(beard=[1, 2], beard_full=[2, 3])
    before = library.index.vocabulary
    impact_of(library.index, plan_merge(before, "beard_full", "beard"), [])
    assert library.index.vocabulary is before
    assert library.index.count(library.id("beard")) == 2


def test_verdicts_are_counted_once_though_several_trees_turn():
    library = a_library(beard=[1], beard_full=[2])
    trees = [replace(a_tree("beard", "beard"), id=name) for name in ("t", "u")]
    edit = plan_implication(library.vocabulary, "beard_full", "beard")
    assert impact_of(library.index, edit, trees).verdicts == 1
