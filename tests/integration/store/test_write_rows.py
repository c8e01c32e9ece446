"""Imported rows against a plain dict, under every way to treat what is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from smashpass.core.errors import Conflict
from smashpass.core.imageset import EMPTY, ImageSet
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.library.stored import RowCounts
from smashpass.store.engine import tables
from smashpass.store.engine.database import reading, writing
from smashpass.store.library.catalogue import Catalogue
from smashpass.store.library.changelog import ChangeReader
from smashpass.store.operations.runs import Runs

CREDIT = Credit("shop", "CC0-1.0", "digitalArt", real_person=False, depicts="creature")
OTHER = replace(CREDIT, source="fair", author="ann")
NAMES = ("hat", "beard", "hair:red", "smile", "dragon")

rows = st.builds(
    ImageRow,
    key=st.sampled_from(["a", "b", "c", "ä/ö.png"]),
    tags=st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
    credit=st.sampled_from([CREDIT, OTHER, replace(CREDIT, licence="MIT")]),
    line=st.integers(1, 9),
    width=st.none() | st.integers(1, 3),
    height=st.none() | st.integers(1, 3),
    label=st.sampled_from(["", "x"]),
    attributes=st.lists(
        st.tuples(st.sampled_from(["score", "rank"]), st.sampled_from([0.25, 3.0])),
        unique_by=lambda pair: pair[0],
    ).map(tuple),
    refusal=st.sampled_from(["", "", "", "no consent"]),
)
batches = st.lists(
    st.tuples(st.sampled_from(["skip", "overwrite", "append"]), st.lists(rows, max_size=6)),
    max_size=4,
)


@dataclass
class Held:
    """What a plain reader of the rules would keep of an image."""

    tags: set[str]
    attributes: dict[str, float]
    credit: Credit
    width: int | None
    height: int | None
    label: str
    refusal: str

    @classmethod
    def of(cls, row: ImageRow) -> Held:
        return cls(
            set(row.tags),
            dict(row.attributes),
            row.credit,
            row.width,
            row.height,
            row.label,
            row.refusal,
        )


def merged(old: Held, row: ImageRow, on_existing: str) -> Held:
    if on_existing == "overwrite" or (old.refusal and not row.refusal):
        return Held.of(row)
    if on_existing == "skip" or row.refusal:
        return old
    return Held(
        old.tags | set(row.tags),
        {**dict(row.attributes), **old.attributes},
        old.credit,
        old.width if old.width is not None else row.width,
        old.height if old.height is not None else row.height,
        old.label or row.label,
        old.refusal,
    )


def plain(images: dict[tuple[str, str], Held], batch, on_existing) -> RowCounts:
    counts = {"added": 0, "changed": 0, "unchanged": 0, "quarantined": 0}
    for row in batch:
        place = (row.credit.source, row.key)
        if place not in images:
            images[place], outcome = Held.of(row), "added"
        else:
            new = merged(images[place], row, on_existing)
            outcome = "unchanged" if new == images[place] else "changed"
            images[place] = new
        counts["quarantined" if row.refusal else outcome] += 1
    return RowCounts(**counts)


def stored(catalogue: Catalogue) -> dict[tuple[str, str], Held]:
    names = {tag.id: tag.name for tag in catalogue.tags()}
    everything = [image.ordinal for image in catalogue.iterate()]
    return {
        (record.credit.source, record.key): Held(
            {names[tag] for tag in record.tags},
            dict(record.attributes),
            record.credit,
            record.width,
            record.height,
            record.label,
            record.reason,
        )
        for record in catalogue.images(everything)
    }


@given(batches)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_library_holds_what_a_dict_would(wipe, batches):
    engine = wipe()
    catalogue, runs, log = Catalogue(engine), Runs(engine), ChangeReader(engine)
    run = runs.start("shop", {})
    images: dict[tuple[str, str], Held] = {}
    total = RowCounts()
    for position, (on_existing, batch) in enumerate(batches, 1):
        version, before = log.latest(), len(images)
        counts = catalogue.write_rows(run, batch, on_existing=on_existing, position=position)
        assert counts == plain(images, batch, on_existing)
        assert stored(catalogue) == images
        total += counts
        entries = [entry.body() for entry in log.read_after(version)]
        assert len(entries) <= 1
        added_images = entries[0].added if entries else EMPTY
        assert added_images == ImageSet(range(before + 1, len(images) + 1))
    finished = runs.get(run)
    assert finished.position == len(batches)
    assert (finished.added, finished.changed, finished.unchanged) == (
        total.added,
        total.changed,
        total.unchanged,
    )
    assert finished.refused == finished.quarantined == total.quarantined
    assert finished.read == sum(len(batch) for _, batch in batches)
    with reading(engine) as connection:
        credits_kept = connection.scalar(select(func.count()).select_from(tables.credit))
    assert credits_kept <= 3


def row(key, *tags, **more):
    return ImageRow(key, tags, more.pop("credit", CREDIT), more.pop("line", 1), **more)


def write(engine, *rows, on_existing="skip", **more):
    run = Runs(engine).start("shop", {})
    return Catalogue(engine).write_rows(
        run, rows, on_existing=on_existing, position=len(rows), **more
    )


def test_an_ordinal_is_never_used_again(engine):
    write(engine, row("a"), row("b"), row("c"))
    with writing(engine) as connection:
        connection.execute(delete(tables.image))
    write(engine, row("d"))
    assert [image.ordinal for image in Catalogue(engine).iterate()] == [4]


def test_an_entry_names_new_images_changed_images_and_new_tags(engine):
    write(engine, row("a", "hat"), row("b"))
    write(engine, row("b", "hat", "beard"), row("c"), on_existing="overwrite")
    body = ChangeReader(engine).read_after(1)[0].body()
    assert (body.added, body.changed) == (ImageSet([3]), ImageSet([2]))
    assert (body.first_tag, body.names) == (2, ("beard",))


def test_rows_that_are_skipped_bring_no_words_and_no_entry(engine):
    write(engine, row("a", "hat"))
    assert write(engine, row("a", "beard")) == RowCounts(unchanged=1)
    assert [tag.name for tag in Catalogue(engine).tags()] == ["hat"]
    assert ChangeReader(engine).latest() == 1


def test_a_refused_row_is_kept_out_of_sight_with_its_reason(engine):
    assert write(engine, row("a", refusal="looks under age")) == RowCounts(quarantined=1)
    catalogue = Catalogue(engine)
    assert [image.live for image in catalogue.iterate()] == [False]
    record = catalogue.images([1])[0]
    assert (record.state, record.reason) == ("quarantined", "looks under age")


@pytest.mark.parametrize("on_existing", ["skip", "overwrite", "append"])
def test_an_image_in_quarantine_is_replaced_by_a_row_that_passed_the_gate(engine, on_existing):
    write(
        engine, row("a", "hat", refusal="no licence", label="old"), row("b", refusal="no depicts")
    )
    counts = write(engine, row("a", "beard", width=3), on_existing=on_existing)
    assert counts == RowCounts(changed=1)
    assert [image.live for image in Catalogue(engine).iterate()] == [True, False]
    record = Catalogue(engine).images([1])[0]
    assert (record.label, record.width, record.reason) == ("", 3, "")
    assert [Catalogue(engine).tags()[tag - 1].name for tag in record.tags] == ["beard"]
    assert write(engine, row("a", "beard"), on_existing="skip") == RowCounts(unchanged=1)


def test_a_view_tells_which_keys_of_a_source_are_known(engine):
    write(engine, row("a"), row("b", refusal="no licence"), row("c", credit=OTHER))
    with Catalogue(engine).view() as view:
        assert view.known("shop", ["a", "b", "c"]) == {"a": (1, "live"), "b": (2, "quarantined")}
        assert view.known("nowhere", ["a"]) == {}


def test_overwriting_does_not_bring_back_what_a_person_took_away(engine):
    write(engine, row("a"))
    catalogue = Catalogue(engine)
    catalogue.set_state([1], "taken_down", by="mod", origin="cli", reason="court")
    counts = write(engine, row("a", "hat"), on_existing="overwrite")
    assert counts == RowCounts(changed=1)
    record = catalogue.images([1])[0]
    assert (record.state, record.reason, len(record.tags)) == ("taken_down", "court", 1)


def test_a_batch_that_fails_leaves_nothing_in_the_database_or_in_memory(engine):
    catalogue, runs = Catalogue(engine), Runs(engine)
    run = runs.start("shop", {})
    runs.finish(run, "failed", error="disk full")
    with pytest.raises(Conflict, match="not running"):
        catalogue.write_rows(run, [row("a", "hat")], on_existing="skip", position=1)
    assert catalogue.library_version() == 0
    assert catalogue.tags() == []
    assert runs.resume(run).position == 0
    # The same catalogue must not remember the numbers of the batch that was rolled back.
    catalogue.write_rows(run, [row("a", "beard")], on_existing="skip", position=1)
    assert [(tag.id, tag.name) for tag in catalogue.tags()] == [(1, "beard")]
    assert catalogue.images([1])[0].tags == (1,)


def test_two_catalogues_share_tags_and_credits(engine):
    first, second, runs = Catalogue(engine), Catalogue(engine), Runs(engine)
    run = runs.start("shop", {})
    for turn, catalogue in enumerate([first, second, first, second]):
        new = [row(f"{turn}", "hat", f"tag_{turn // 2}")]
        catalogue.write_rows(run, new, on_existing="skip", position=turn)
    assert [tag.name for tag in first.tags()] == ["hat", "tag_0", "tag_1"]
    assert set(first.credits_of([1, 2, 3, 4]).values()) == {CREDIT}


def test_what_was_refused_before_is_counted_with_the_batch(engine):
    runs, catalogue = Runs(engine), Catalogue(engine)
    run = runs.start("shop", {"on_existing": "skip"})
    catalogue.write_rows(run, [row("a")], on_existing="skip", position=5, refused=4)
    runs.progress(run, position=7, refused=2)
    finished = runs.finish(run)
    assert (finished.read, finished.added, finished.refused, finished.position) == (7, 1, 6, 7)
    assert finished.options == {"on_existing": "skip"}


def test_a_batch_larger_than_a_statement_can_carry_is_written(engine):
    many = [
        row(f"k{n}", f"tag_{n % 700}", credit=replace(CREDIT, author=f"{n}"), line=n)
        for n in range(2_000)
    ]
    assert write(engine, *many) == RowCounts(added=2_000)
    assert write(engine, *many, on_existing="overwrite") == RowCounts(unchanged=2_000)
    view = Catalogue(engine).stored(ImageSet(range(1, 3_000)))
    assert [image.ordinal for image in view] == list(range(1, 2_001))
