"""Edits of words: their texts, the version they rest on, and where a tag came from."""

from __future__ import annotations

import pytest

from smashpass.core.errors import NotFound, StaleVersion
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.operations.changelog import Texts, VocabularyEdit, VocabularyPlan
from smashpass.services.tagging.revert import revert
from smashpass.store.library.catalogue import Catalogue
from smashpass.store.library.changelog import ChangeReader
from smashpass.store.operations.runs import Runs
from smashpass.store.rules.revisions import Revisions

ANN = {"by": "ann", "origin": "test"}
CREDIT = Credit("shop", "CC0-1.0", "digitalArt", real_person=False, depicts="creature")


def texts(catalogue: Catalogue) -> dict[str, Texts]:
    return {tag.name: (tag.category, tag.label, tag.description) for tag in catalogue.tags()}


def test_texts_are_logged_with_what_stood_there_before(engine):
    catalogue = Catalogue(engine)
    wish = VocabularyPlan(names=("cap", "hat"), described=(("cap", ("wear", "Cap", "")),))
    assert catalogue.edit_vocabulary(wish, **ANN) is not None
    change = catalogue.edit_vocabulary(
        VocabularyPlan(described=(("cap", ("wear", "Cap", "“A” cap")), ("hat", ("", "", "")))),
        **ANN,
    )
    assert change is not None
    assert change.body() == VocabularyEdit(
        described=((1, ("wear", "Cap", ""), ("wear", "Cap", "“A” cap")),)
    )
    assert texts(catalogue) == {"cap": ("wear", "Cap", "“A” cap"), "hat": ("", "", "")}

    back = VocabularyPlan(
        described=tuple(("cap", before) for _, before, _ in change.body().described)
    )
    assert catalogue.edit_vocabulary(back, **ANN) is not None
    assert texts(catalogue)["cap"] == ("wear", "Cap", "")
    assert catalogue.edit_vocabulary(back, **ANN) is None


def test_a_tag_that_does_not_exist_cannot_be_described(engine):
    with pytest.raises(NotFound, match="'cap'"):
        Catalogue(engine).describe_tag("cap", label="Cap", **ANN)


def test_many_tags_are_described_at_once(engine):
    catalogue = Catalogue(engine)
    names = [f"t{number}" for number in range(1_200)]
    wish = VocabularyPlan(
        names=tuple(names), described=tuple((name, ("c", name.upper(), "")) for name in names)
    )
    change = catalogue.edit_vocabulary(wish, **ANN)
    assert change is not None
    assert len(change.body().described) == 1_200
    assert texts(catalogue)["t1199"] == ("c", "T1199", "")
    assert ChangeReader(engine).latest() == 1


def test_an_edit_for_another_version_is_refused_and_leaves_nothing(engine):
    catalogue = Catalogue(engine)
    catalogue.edit_vocabulary(VocabularyPlan(names=("a",)), at_version=0, **ANN)
    with pytest.raises(StaleVersion):
        catalogue.edit_vocabulary(VocabularyPlan(names=("b",)), at_version=0, **ANN)
    assert set(texts(catalogue)) == {"a"}
    assert catalogue.edit_vocabulary(VocabularyPlan(names=("b",)), at_version=1, **ANN) is not None


def test_rules_are_published_over_the_revision_they_rest_on(engine):
    revisions = Revisions(engine)
    assert revisions.slots().active == 0
    first = revisions.publish({}, "a" * 64, by="ann", reason="r", replacing=0)
    assert revisions.slots().active == first.number
    with pytest.raises(StaleVersion):
        revisions.publish({}, "b" * 64, by="ann", reason="r", replacing=0)
    assert revisions.slots().active == first.number
    second = revisions.publish({}, "b" * 64, by="ann", reason="r", replacing=first.number)
    assert revisions.slots().active == second.number


def test_the_log_tells_where_a_tag_came_from(engine):
    catalogue, changes = Catalogue(engine), ChangeReader(engine)
    run = Runs(engine).start("shop", {})
    row = ImageRow("k", ("red", "blue"), CREDIT, 1)
    catalogue.write_rows(run, [row], on_existing="skip", position=1)
    catalogue.edit_vocabulary(VocabularyPlan(names=("green",)), reason="more", **ANN)
    ids = {tag.name: tag.id for tag in catalogue.tags()}
    origins = {name: changes.first_with_tag(number) for name, number in ids.items()}
    assert {name: (origin.seq, origin.origin) for name, origin in origins.items() if origin} == {
        "red": (1, "import"),
        "blue": (1, "import"),
        "green": (2, "test"),
    }
    assert changes.first_with_tag(99) is None


def test_labels_in_other_languages_are_kept_logged_and_taken_back(engine):
    catalogue = Catalogue(engine)
    wish = VocabularyPlan(
        names=("beard",), labelled=(("beard", "fr", "barbe"), ("beard", "de", "Bart"))
    )
    first = catalogue.edit_vocabulary(wish, **ANN)
    assert first is not None
    assert first.body().labelled == ((1, "de", "", "Bart"), (1, "fr", "", "barbe"))
    assert catalogue.tag("beard").labels == (("de", "Bart"), ("fr", "barbe"))
    assert catalogue.edit_vocabulary(wish, **ANN) is None

    gone = catalogue.edit_vocabulary(VocabularyPlan(labelled=(("beard", "fr", ""),)), **ANN)
    assert gone is not None
    assert catalogue.tags()[0].labels == (("de", "Bart"),)
    revert(ChangeReader(engine), catalogue, gone.seq, by="ann", origin="test")
    assert catalogue.tag("beard").labels == (("de", "Bart"), ("fr", "barbe"))
    with pytest.raises(NotFound, match="'cap'"):
        catalogue.edit_vocabulary(VocabularyPlan(labelled=(("cap", "fr", "casquette"),)), **ANN)
