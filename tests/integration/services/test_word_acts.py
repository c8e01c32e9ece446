"""Acts on a tag: looked at beforehand, refused with the reason, told in words afterwards."""

from __future__ import annotations

import pytest

from smashpass.core.errors import BadInput, BadTag, Conflict, NotFound
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.vocabulary.actions import ACTIONS, TagAction, describe, plan, preview
from smashpass.services.vocabulary.apply import apply_plan
from smashpass.services.vocabulary.history import history_of
from smashpass.services.vocabulary.texts import LONGEST
from tests.support.builders import a_library

WORDS = Vocabulary.of(
    ["beard", "hat"], {"whiskers": "beard"}, [("full", "beard"), ("beard", "hair")]
)


def test_a_look_tells_every_move_and_the_exact_effect():
    library = a_library(
        beard=[1, 2], whiskers=[3], full=[4], hair=[1], implications=[("full", "whiskers")]
    )
    shown_preview = preview(library.index, [], TagAction("merge", "whiskers", "beard"))
    assert shown_preview.lines == (
        "whiskers becomes an alias of beard",
        "full no longer implies whiskers",
        "full implies beard",
    )
    # 3 and 4 gain beard; both lose whiskers, which is no tag any more.
    assert shown_preview.impact.as_json() == {"images": 2, "added": 2, "removed": 2, "verdicts": 0}
    other = preview(library.index, [], TagAction("merge", "full", "beard"))
    assert other.fingerprint != shown_preview.fingerprint
    assert (
        preview(library.index, [], TagAction("merge", "whiskers", "beard")).fingerprint
        == shown_preview.fingerprint
    )


@pytest.mark.parametrize(
    ("wish", "error", "says"),
    [
        (TagAction("imply", "hair", "full"), Conflict, "circle"),
        (TagAction("imply", "full", "hair"), Conflict, "already"),
        (TagAction("imply", "hat", "whiskers"), Conflict, "is an alias of 'beard'"),
        (TagAction("alias", "whiskers", "hat"), Conflict, "is an alias of 'beard'"),
        (TagAction("alias", "hat", "full"), Conflict, "has implications"),
        (TagAction("alias", "hat", "hat"), Conflict, "itself"),
        (TagAction("unalias", "hat", "whiskers"), NotFound, "not an alias of 'hat'"),
        (TagAction("unimply", "full", "hair"), NotFound, "does not directly imply"),
        (TagAction("rename", "beard", "hat"), Conflict, "exists already"),
        (TagAction("merge", "beard", "nope"), NotFound, "there is no tag"),
        (TagAction("alias", "beard", "a b,"), BadTag, "holds the character"),
        (TagAction("describe", "whiskers"), Conflict, "is an alias"),
        (TagAction("describe", "beard", texts=("x" * 61, "", "")), BadInput, "category"),
        (TagAction("describe", "beard", texts=("", "a\x00", "")), BadInput, "label"),
        (TagAction("describe", "beard", texts=("", "", "\ud800")), BadInput, "description"),
        (
            TagAction("label", "beard", "french", ("", "barbe", "")),
            BadInput,
            "is not a language tag",
        ),
        (TagAction("label", "beard", "fr", ("", "a,b", "")), BadInput, "comma"),
        (TagAction("label", "whiskers", "fr", ("", "barbe", "")), Conflict, "is an alias"),
        (TagAction("burn", "beard"), BadInput, "there is no action 'burn'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(wish, error, says):
    with pytest.raises(error, match=says):
        plan(WORDS, wish)


def test_every_act_is_told_in_words():
    wishes = {
        "alias": TagAction("alias", "hat", "cap"),
        "unalias": TagAction("unalias", "beard", "whiskers"),
        "imply": TagAction("imply", "hat", "clothes"),
        "unimply": TagAction("unimply", "full", "beard"),
        "rename": TagAction("rename", "hat", "headwear"),
        "merge": TagAction("merge", "hat", "hair"),
        "describe": TagAction("describe", "hat", texts=("wear", " a  hat ", "")),
        "label": TagAction("label", "hat", "FR", texts=("", " chapeau ", "")),
        "deprecate": TagAction("deprecate", "hat"),
        "restore": TagAction("restore", "hat"),
    }
    descriptions = {act: describe(WORDS, plan(WORDS, wish)) for act, wish in wishes.items()}
    assert wishes.keys() == ACTIONS.keys()
    assert descriptions["alias"] == ["cap is a new tag name", "cap becomes an alias of hat"]
    assert descriptions["unalias"] == ["whiskers is no longer an alias of beard"]
    assert descriptions["rename"] == [
        "headwear is a new tag name",
        "hat becomes an alias of headwear",
    ]
    assert descriptions["describe"] == [
        "category of hat: wear",
        "label of hat: a hat",
        "description of hat: none",
    ]
    assert descriptions["label"] == ["label of hat in fr: chapeau"]
    assert all(descriptions.values())


def test_the_longest_texts_are_kept():
    texts = tuple("x" * length for length in LONGEST.values())
    assert plan(WORDS, TagAction("describe", "beard", texts=texts)).described == (("beard", texts),)


def test_history_tells_what_became_of_a_word(installation):
    catalogue = installation.catalogue
    catalogue.create_tags(["beard", "hat", "full"], by="ann", origin="test")

    def do(*wish, **more):
        action = TagAction(*wish, **more)
        return apply_plan(
            catalogue, lambda words: plan(words, action), by="ann", origin="t", reason="r"
        )

    do("alias", "beard", "whiskers")
    do("imply", "full", "beard")
    do("alias", "hat", "cap")
    do("describe", "beard", texts=("face", "", ""))
    do("unimply", "full", "beard")
    do("deprecate", "beard")
    words = catalogue.vocabulary()
    history = history_of(installation.changes, words, words.find("beard"))
    assert [event.lines for event in history] == [
        ("beard deprecated",),
        ("full no longer implied beard",),
        ("category: none → face",),
        ("full implied beard",),
        ("new name whiskers", "whiskers became an alias of beard"),
        ("new name beard",),
    ]
    assert [event.change.seq for event in history] == [7, 6, 5, 3, 2, 1]
    newest = history_of(installation.changes, words, words.find("beard"), limit=2)
    assert newest == history[:2]


def test_a_very_large_change_is_told_in_short(installation):
    catalogue = installation.catalogue
    catalogue.create_tags([f"word{number:06}" for number in range(25_000)], by="a", origin="t")
    catalogue.create_tags(["other"], by="ann", origin="t")
    words = catalogue.vocabulary()
    (event,) = history_of(installation.changes, words, words.find("word000007"))
    assert event.lines == ("one of many tags in this change",)
    (other,) = history_of(installation.changes, words, words.find("other"))
    assert other.lines == ("new name other",)


def test_a_new_name_that_looks_like_another_is_told():
    library = a_library(beard=[1])
    shown_preview = preview(library.index, [], TagAction("alias", "beard", "b\u0435ard"))
    assert len(shown_preview.warnings) == 1
    assert "looks like 'beard'" in shown_preview.warnings[0]
    assert preview(library.index, [], TagAction("alias", "beard", "goatee")).warnings == ()
