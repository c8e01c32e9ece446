"""What is known of pictures, on both databases."""

from __future__ import annotations

from dataclasses import replace

from smashpass.core.pictures.picture import Picture
from smashpass.store.engine import database
from smashpass.store.library import pictures
from smashpass.store.library.catalogue import Catalogue

ONE = Picture("ab" * 32, 640, 480, "image/jpeg", "#0a0b0c", 12_345)


def noted(engine, *recorded: Picture) -> None:
    with database.writing(engine, library=True) as connection:
        pictures.record(connection, recorded)


def test_a_picture_is_known_by_what_it_holds(engine):
    catalogue = Catalogue(engine)
    assert catalogue.picture(ONE.sha256) is None
    noted(engine, ONE, replace(ONE, sha256="cd" * 32, origin="/set/a.png"))
    assert catalogue.picture(ONE.sha256) == ONE
    assert catalogue.picture("cd" * 32).origin == "/set/a.png"


def test_a_picture_that_was_moved_is_noted_at_its_new_place(engine):
    noted(engine, replace(ONE, origin="/old/a.png"))
    noted(engine, replace(ONE, origin="/new/a.png"))
    assert Catalogue(engine).picture(ONE.sha256).origin == "/new/a.png"


def test_a_picture_that_was_copied_needs_no_original_any_more(engine):
    noted(engine, replace(ONE, origin="/old/a.png"))
    noted(engine, ONE)
    noted(engine, replace(ONE, origin="/new/a.png"))
    assert Catalogue(engine).picture(ONE.sha256).origin == ""
