"""Reading and editing the library."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smashpass.core.errors import Conflict, NotFound
from smashpass.core.imageset import ImageSet
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.operations.changelog import TagEdit, VocabularyPlan
from smashpass.store.library.catalogue import Catalogue
from smashpass.store.library.changelog import ChangeReader
from smashpass.store.operations.runs import Runs

CREDIT = Credit("shop", "CC0-1.0", "digitalArt", real_person=False, depicts="creature")
ANN = {"by": "ann", "origin": "test"}


@pytest.fixture
def catalogue(engine) -> Catalogue:
    """Five images; image n has the tags of ``t1`` … ``t<n>``."""
    rows = [
        ImageRow(
            key=f"k{n}",
            tags=tuple(f"t{m}" for m in range(1, n + 1)),
            credit=CREDIT,
            line=n,
            width=100 * n,
            height=None,
            attributes=(("score", n / 4),) if n % 2 else (),
        )
        for n in range(1, 6)
    ]
    catalogue = Catalogue(engine)
    run = Runs(engine).start("shop", {})
    catalogue.write_rows(run, rows, on_existing="skip", position=5)
    return catalogue


def tags_of(catalogue):
    return {image.ordinal: list(image.tags) for image in catalogue.iterate()}


def test_a_stream_gives_what_an_index_needs(catalogue):
    images = list(catalogue.iterate())
    assert [list(image.tags) for image in images[:2]] == [[1], [1, 2]]
    first = images[0]
    assert first.attributes.pop("image.added") > 1_700_000_000
    assert first.attributes == {"image.width": 100, "image.score": 0.25}
    assert (first.licence, first.source, first.live) == ("CC0-1.0", "shop", True)
    assert [image.ordinal for image in catalogue.iterate(after_ordinal=3)] == [4, 5]
    assert catalogue.stored(ImageSet([2, 4, 99])) == [images[1], images[3]]


def test_a_stream_may_be_left_early(catalogue):
    images = catalogue.iterate(after_ordinal=2)
    assert next(images).ordinal == 3
    images.close()
    assert catalogue.apply_tag_edit(ImageSet([1]), add=[5], **ANN) is not None


def test_images_come_in_the_order_asked_for(catalogue):
    assert [record.key for record in catalogue.images([4, 99, 1])] == ["k4", "k1"]
    assert catalogue.find("shop", "k3") == 3
    assert catalogue.find("shop", "k9") is None
    assert catalogue.find("fair", "k3") is None
    assert catalogue.credits_of([2, 99]) == {2: CREDIT}


def test_a_view_keeps_its_moment(catalogue):
    with catalogue.view() as view:
        version = view.version()
        catalogue.apply_tag_edit(ImageSet([1]), add=[5], **ANN)
        assert view.version() == version
        assert view.images([1])[0].tags == (1,)
    assert catalogue.library_version() == version + 1


def test_an_edit_names_only_what_changed(catalogue):
    change = catalogue.apply_tag_edit(ImageSet([1, 2, 99]), add=[2], remove=[1], reason="r", **ANN)
    assert change is not None
    edits = {edit.tag: edit for edit in change.body().edits}
    assert edits[1] == TagEdit(1, removed=ImageSet([1, 2]))
    assert edits[2] == TagEdit(2, added=ImageSet([1]))
    assert (change.images, change.kind, change.reason) == (2, "tags", "r")
    assert catalogue.apply_tag_edit(ImageSet([1, 2]), add=[2], remove=[1], **ANN) is None
    assert ChangeReader(catalogue._engine).latest() == change.seq


def test_an_edit_taken_back_leaves_the_library_as_it_was(catalogue):
    before = tags_of(catalogue)
    change = catalogue.apply_tag_edit(ImageSet(range(1, 6)), add=[5], remove=[2, 3], **ANN)
    back = [TagEdit(edit.tag, edit.removed, edit.added) for edit in change.body().edits]
    catalogue.apply_tag_edits(back, **ANN)
    assert tags_of(catalogue) == before


def test_a_tag_that_does_not_exist_cannot_be_given(catalogue):
    with pytest.raises(NotFound, match="id 77"):
        catalogue.apply_tag_edit(ImageSet([1]), add=[77], **ANN)


small_sets = st.sets(st.integers(1, 6), max_size=4).map(ImageSet)


@given(
    st.lists(
        st.builds(TagEdit, st.integers(1, 5), small_sets, small_sets),
        max_size=4,
        unique_by=lambda edit: edit.tag,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_edits_do_to_blobs_what_they_do_to_plain_sets(catalogue, edits):
    plain = {ordinal: set(tags) for ordinal, tags in tags_of(catalogue).items()}
    before = {ordinal: set(tags) for ordinal, tags in plain.items()}
    for edit in edits:
        for ordinal, tags in plain.items():
            if ordinal in edit.added:
                tags.add(edit.tag)
            if ordinal in edit.removed:
                tags.discard(edit.tag)
    change = catalogue.apply_tag_edits(edits, **ANN)
    assert tags_of(catalogue) == {ordinal: sorted(tags) for ordinal, tags in plain.items()}
    logged = {} if change is None else {edit.tag: edit for edit in change.body().edits}
    for tag in range(1, 6):
        edit = logged.get(tag, TagEdit(tag))
        gave = {n for n, tags in plain.items() if tag in tags and tag not in before[n]}
        took = {n for n, tags in plain.items() if tag not in tags and tag in before[n]}
        assert (set(edit.added), set(edit.removed)) == (gave, took)


def test_images_go_out_of_sight_and_come_back(catalogue):
    hidden = catalogue.set_state([1, 2], "hidden", reason="dull", **ANN)
    assert set(hidden.body().hidden) == {1, 2}
    assert catalogue.set_state([1], "taken_down", reason="court", **ANN) is None
    restored = catalogue.set_state([1, 2, 3], "live", reason="", **ANN)
    assert set(restored.body().shown) == {1, 2}
    assert all(image.live for image in catalogue.iterate())


def test_an_attribute_is_set_and_taken_away(catalogue):
    change = catalogue.set_attribute("rank", {1: 0.5, 3: 2.0, 99: 1.0}, **ANN)
    assert (change.body().name, set(change.body().images)) == ("rank", {1, 3})
    assert catalogue.images([1])[0].attributes == {"score": 0.25, "rank": 0.5}
    assert catalogue.set_attribute("rank", {1: 0.5}, **ANN) is None
    catalogue.set_attribute("rank", {1: None}, **ANN)
    assert catalogue.images([1])[0].attributes == {"score": 0.25}


def test_words_are_made_related_and_taken_apart(catalogue):
    wish = VocabularyPlan(aliased=(("tee", "t1"),), implied=(("t2", "t1"), ("t3", "new")))
    body = catalogue.edit_vocabulary(wish, reason="r", **ANN).body()
    assert (body.first_tag, body.names) == (6, ("tee", "new"))
    assert (body.aliased, body.implied) == (((6, 1),), ((2, 1), (3, 7)))
    assert catalogue.edit_vocabulary(wish, **ANN) is None
    vocabulary = catalogue.vocabulary()
    assert vocabulary.names == ("", "t1", "t2", "t3", "t4", "t5", "tee", "new")
    assert dict(vocabulary.aliases) == {6: 1}
    assert dict(vocabulary.implications) == {2: frozenset({1}), 3: frozenset({7})}

    back = VocabularyPlan(unaliased=wish.aliased, unimplied=wish.implied, deprecated=("new",))
    body = catalogue.edit_vocabulary(back, **ANN).body()
    assert (body.unaliased, body.unimplied) == (((6, 1),), ((2, 1), (3, 7)))
    vocabulary = catalogue.vocabulary()
    assert (dict(vocabulary.aliases), dict(vocabulary.implications)) == ({}, {})
    assert vocabulary.deprecated == frozenset({7})
    assert catalogue.edit_vocabulary(VocabularyPlan(restored=("new",)), **ANN).body().restored == (
        7,
    )


def test_a_word_stands_for_one_tag_and_not_for_itself(catalogue):
    catalogue.edit_vocabulary(VocabularyPlan(aliased=(("tee", "t1"),)), **ANN)
    version = catalogue.library_version()
    for wish in (
        VocabularyPlan(aliased=(("tee", "t2"),)),
        VocabularyPlan(aliased=(("new", "t1"), ("new", "t2"))),
        VocabularyPlan(aliased=(("t1", "t1"),)),
        VocabularyPlan(implied=(("t1", "t1"),)),
    ):
        with pytest.raises(Conflict):
            catalogue.edit_vocabulary(wish, **ANN)
    assert catalogue.library_version() == version
    assert "new" not in {tag.name for tag in catalogue.tags()}


def test_what_does_not_exist_cannot_be_taken_away(catalogue):
    for wish in (
        VocabularyPlan(unaliased=(("t1", "t2"),)),
        VocabularyPlan(unimplied=(("t1", "t2"),)),
        VocabularyPlan(unaliased=(("nope", "t2"),)),
        VocabularyPlan(deprecated=("nope",)),
    ):
        with pytest.raises(NotFound):
            catalogue.edit_vocabulary(wish, **ANN)
    assert "nope" not in {tag.name for tag in catalogue.tags()}


def test_tags_are_created_once_and_described(catalogue):
    assert catalogue.create_tags(["hat", "t2", "cap"], **ANN) == (6, 2, 7)
    assert catalogue.create_tags(["cap"], **ANN) == (7,)
    assert catalogue.describe_tag("cap", category="wear", label="Cap", **ANN) is not None
    assert catalogue.describe_tag("cap", category="wear", label="Cap", **ANN) is None
    assert (catalogue.tag("cap").category, catalogue.tag("cap").label) == ("wear", "Cap")
    with pytest.raises(NotFound, match="no tag 'x'"):
        catalogue.tag("x")
