"""The page of the quarantine: seen by few, let out by two, rejected for good."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from smashpass.core.library.credit import Credit, ImageRow
from tests.support.admin import PASSWORD, check_light
from tests.support.admin import person as sign_in_at_once

HOSTILE = "<script>alert(1)</script>"
NOBODY = {"real_person": "false", "depicts": "adult", "reason": "looked at"}


def row(key, *, refusal, source="shop", depicts="", licence="MIT"):
    credit = Credit(source, licence, "digitalCreation", real_person=True, depicts=depicts)
    return ImageRow(key=key, tags=("hat",), credit=credit, line=7, refusal=refusal)


@pytest.fixture
def held_images(parts, tmp_path):
    """Puts rows into quarantine, of a collection that has a picture for the first."""
    folder = tmp_path / "drop"
    folder.mkdir()
    picture = Image.new("RGB", (40, 30), "red")
    picture.save(folder / "a.png")

    def put(*rows):
        run = parts.runs.start(str(folder), {})
        parts.catalogue.write_rows(run, rows, on_existing="skip", position=len(rows))
        parts.runs.finish(run)
        parts.library.refresh()
        return [
            parts.image_ids.encode(parts.catalogue.find(image_row.credit.source, image_row.key))
            for image_row in rows
        ]

    return put


def second_moderator(app, parts):
    """Another person with the same role."""
    parts.accounts.create("ben", "moderator", PASSWORD)
    return sign_in_at_once(app, "ben")


def state(parts, image):
    (record,) = parts.catalogue.images([parts.image_ids.decode(image)])
    return record.state


def test_images_are_listed_with_their_reason(held_images, signed_in):
    images = held_images(
        *[row(f"k{number}", refusal="depicts is missing") for number in range(101)]
    )
    moderator = signed_in("moderator")
    check_light(moderator.get("/quarantine"))
    first = moderator.get("/quarantine").text
    assert first.count("depicts is missing") == 100
    following = re.search(r"\?after=(\d+)", first)[1]
    second = moderator.get(f"/quarantine?after={following}").text
    assert images[100] in second
    assert second.count("depicts is missing") == 1
    assert "line 7" in second
    for odd in ("x", "-1", "9" * 19, "²"):
        assert moderator.get("/quarantine", query_string={"after": odd}).status_code == 200


def test_that_no_real_person_is_shown_stands_as_it_was_stated(held_images, signed_in):
    stated = Credit("shop", "MIT", "digitalCreation", real_person=False, depicts="")
    rows = (ImageRow("n", ("hat",), stated, 7, refusal="depicts is missing"),
            row("k", refusal="depicts is missing"))  # fmt: skip
    no_person, unclear = held_images(*rows)
    moderator = signed_in("moderator")
    assert "unchanged: no real person" in moderator.get(f"/quarantine/{no_person}").text
    assert "unchanged: no real person" not in moderator.get(f"/quarantine/{unclear}").text


def test_two_people_let_an_image_out(app, parts, held_images, signed_in):
    (image,) = held_images(row("k", refusal="depicts is missing"))
    moderator = signed_in("moderator")
    first = moderator.follow(f"/quarantine/{image}/release", **NOBODY)
    assert "A second person must make the same statement" in first.text
    assert "moderator stated" in first.text
    first_answer = moderator.follow(f"/quarantine/{image}/release", **NOBODY)
    assert "A second person must make the same statement" in first_answer.text
    assert state(parts, image) == "quarantined"
    ben = second_moderator(app, parts)
    other = ben.follow(f"/quarantine/{image}/release", **(NOBODY | {"depicts": "creature"}))
    assert "A second person must make the same statement" in other.text
    second_answer = ben.follow(f"/quarantine/{image}/release", **NOBODY)
    assert f"Image {image} released" in second_answer.text
    assert state(parts, image) == "live"
    assert parts.image_ids.decode(image) in parts.library.index.live
    assert moderator.get(f"/quarantine/{image}").status_code == 404


def test_what_is_still_missing_is_told_and_nothing_typed_is_lost(parts, held_images, signed_in):
    (image,) = held_images(row("k", refusal="licence is missing", licence="", depicts="adult"))
    answer = signed_in("moderator").submit(
        f"/quarantine/{image}/release", licence="free for all", author="Ann", reason="r"
    )
    assert answer.status_code == 400
    assert "SPDX" in answer.text
    assert 'value="free for all"' in answer.text
    assert 'value="Ann"' in answer.text
    assert state(parts, image) == "quarantined"


def test_a_reason_is_asked_for(parts, held_images, signed_in):
    (image,) = held_images(row("k", refusal="x"))
    moderator = signed_in("moderator")
    for path in ("release", "reject"):
        answer = moderator.submit(f"/quarantine/{image}/{path}", real_person="false", reason=" ")
        assert (answer.status_code, "The reason is empty" in answer.text) == (400, True)
    assert state(parts, image) == "quarantined"


def test_a_rejected_image_stays_away_whatever_an_import_says(parts, held_images, signed_in):
    (image,) = held_images(row("k", refusal="x"))
    page = signed_in("moderator").follow(f"/quarantine/{image}/reject", reason="looks young")
    assert f"Image {image} rejected" in page.text
    assert state(parts, image) == "taken_down"
    entry = [*parts.audit.entries()][-1]
    assert (entry.actor, entry.action) == ("moderator", "quarantine.reject")
    assert entry.detail == {"origin": "admin", "reason": "looks young"}
    run = parts.runs.start("again", {})
    credit = Credit("shop", "MIT", "digitalCreation", real_person=False, depicts="adult")
    parts.catalogue.write_rows(
        run,
        [ImageRow(key="k", tags=("hat",), credit=credit, line=1)],
        on_existing="overwrite",
        position=1,
    )
    assert state(parts, image) == "taken_down"


def test_the_picture_is_shown_to_those_who_decide_and_kept_nowhere(
    app, parts, held_images, signed_in
):
    image, other = held_images(row("a.png", refusal="x"), row("b.png", refusal="x"))
    moderator = signed_in("moderator")
    assert f"/admin/quarantine/{image}/picture" in moderator.get(f"/quarantine/{image}").text
    answer = moderator.get(f"/quarantine/{image}/picture")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert Image.open(io.BytesIO(answer.data)).size == (40, 30)
    assert [*parts.home.glob("private-*")] == []
    assert [*parts.media.root.rglob("*.webp")] == []
    assert "cannot be shown" in moderator.get(f"/quarantine/{other}").text
    assert moderator.get(f"/quarantine/{other}/picture").status_code == 404
    for person in (signed_in("analyst").client, app.test_client()):
        assert person.get(f"/admin/quarantine/{image}/picture").status_code in (403, 303)


@pytest.mark.parametrize("key", ["../outside.png", "/etc/hostname", "a\0b", "x" * 300])
def test_no_name_leads_out_of_the_collection(held_images, signed_in, tmp_path, key):
    Image.new("RGB", (4, 4)).save(tmp_path / "outside.png")
    (image,) = held_images(row(key.replace("\0", "%00"), refusal="x"))
    moderator = signed_in("moderator")
    assert "The picture cannot be shown" in moderator.get(f"/quarantine/{image}").text
    assert moderator.get(f"/quarantine/{image}/picture").status_code == 404


def test_only_the_quarantine_is_looked_into(parts, signed_in):
    moderator = signed_in("moderator")
    live = parts.image_ids.encode(next(iter(parts.library.index.live)))
    for image in (live, "nope", "x" * 80):
        assert moderator.get(f"/quarantine/{image}").status_code == 404
        assert moderator.get(f"/quarantine/{image}/picture").status_code == 404
        answer = moderator.submit(f"/quarantine/{image}/reject", reason="r")
        assert answer.status_code == 404


def test_hostile_texts_are_only_text(app, parts, held_images, signed_in):
    (image,) = held_images(row(HOSTILE, refusal=HOSTILE, source=HOSTILE, licence=HOSTILE))
    moderator = signed_in("moderator")
    typed = moderator.submit(
        f"/quarantine/{image}/release", licence=f'">{HOSTILE}', reason=f'">{HOSTILE}'
    )
    for text in (
        moderator.get("/quarantine").text,
        moderator.get(f"/quarantine/{image}").text,
        typed.text,
    ):
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
