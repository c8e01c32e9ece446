"""Pictures over HTTP: found by hash and size, kept for ever, 404 or 410 otherwise."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from PIL import Image

from smashpass.media.collection import CollectionPictures
from smashpass.services.decks.cards import address_of
from smashpass.services.pictures.files import PictureService
from smashpass.web.media import mount


class Records(dict):
    """What is known of pictures, in memory."""

    def picture(self, sha256):
        return self.get(sha256)

    def with_picture(self, _sha256):
        return []

    def card_details(self, _ordinals):
        return {}

    def standing(self, sha256):
        return "public" if sha256 in self else "gone"


class Visitor:
    """Asks for pictures, reads the answers to their ends and closes them."""

    def __init__(self, app):
        self._client = app.test_client()

    def __getattr__(self, method):
        def ask(address, **options):
            with getattr(self._client, method)(address, **options) as answer:
                assert answer.data is not None
                return answer

        return ask


@pytest.fixture
def site(tmp_path, picture, pool, media):
    """One picture, and a client that may ask for it."""

    def make(keep, width=800, height=600):
        (tmp_path / "a.jpg").write_bytes(picture(width, height, "JPEG"))
        (stored,) = CollectionPictures(pool, keep).examine(str(tmp_path), ["a.jpg"])
        app = Flask("test")
        records = Records({stored.sha256: stored})
        mount(app, PictureService(media, records, pool.make, records))
        return stored, Visitor(app)

    return make


def test_a_picture_is_sent_in_both_sizes_and_may_be_kept_for_ever(site):
    stored, client = site("copy")
    for size, sides in (("small", (320, 240)), ("large", (800, 600))):
        answer = client.get(address_of(stored.sha256, size))
        assert answer.status_code == 200
        assert Image.open(io.BytesIO(answer.data)).size == sides
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        caching = answer.headers["Cache-Control"]
        assert {"public", "immutable", "max-age=31536000"} <= set(caching.split(", "))


def test_who_has_the_picture_is_told_so_without_a_body(site):
    stored, client = site("copy")
    address = address_of(stored.sha256, "small")
    tag = client.get(address).headers["ETag"]
    answer = client.get(address, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")
    assert client.get(address_of(stored.sha256, "large")).headers["ETag"] != tag
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


@pytest.mark.parametrize(
    "name",
    [
        "0" * 64 + "-small.webp",
        "0" * 64 + "-huge.webp",
        "0" * 63 + "-small.webp",
        "A" * 64 + "-small.webp",
        "0" * 64 + "-small.webp%0a",
        "0" * 64 + "-small.png",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "٠" * 64 + "-small.webp",
    ],
)
def test_any_other_name_is_not_found(site, name):
    _, client = site("copy")
    assert client.get(f"/media/{name}").status_code == 404


def test_a_picture_that_was_taken_away_is_gone(site, media):
    stored, client = site("copy")
    media.remove(stored.sha256)
    assert client.get(address_of(stored.sha256, "small")).status_code == 410
    assert client.get(address_of(stored.sha256, "large")).status_code == 410


def test_the_large_size_of_a_linked_picture_is_made_when_it_is_asked_for(site, media):
    stored, client = site("link")
    assert not media.has(stored.sha256, "large")
    answer = client.get(address_of(stored.sha256, "large"))
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.data)).size == (800, 600)
    assert media.has(stored.sha256, "large")


@pytest.mark.parametrize("keep", ["copy", "link"])
def test_both_addresses_of_a_small_picture_work_with_its_one_file(site, media, keep):
    stored, client = site(keep, 320, 200)
    assert list(media.files()) == [(stored.sha256, "small")]
    addresses = [address_of(stored.sha256, size) for size in ("small", "large")]
    small, large = (client.get(address) for address in addresses)
    assert (small.status_code, large.status_code) == (200, 200)
    assert small.data == large.data == media.read(stored.sha256, "small")
    media.remove(stored.sha256)
    assert [client.get(address).status_code for address in reversed(addresses)] == (
        [200, 200] if keep == "link" else [410, 410]
    )
    assert list(media.files()) == ([(stored.sha256, "small")] if keep == "link" else [])


def test_a_large_file_of_an_older_version_is_still_sent(site, media, picture):
    stored, client = site("copy", 320, 200)
    content = picture(320, 200, "WEBP")
    media.write(stored.sha256, "large", content)
    assert client.get(address_of(stored.sha256, "large")).data == content


def test_a_linked_picture_whose_original_has_changed_or_gone_is_gone(site, tmp_path, picture):
    stored, client = site("link")
    (tmp_path / "a.jpg").write_bytes(picture(800, 601, "JPEG"))
    assert client.get(address_of(stored.sha256, "large")).status_code == 410
    (tmp_path / "a.jpg").unlink()
    assert client.get(address_of(stored.sha256, "large")).status_code == 410
    assert client.get(address_of(stored.sha256, "small")).status_code == 200
