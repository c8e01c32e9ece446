"""The pictures of a collection are found inside its folder and nowhere else."""

from __future__ import annotations

import pytest

from smashpass.core.errors import BadSetting
from smashpass.core.pictures.picture import Picture, PictureRefusal, stored_size
from smashpass.media.collection import CollectionPictures
from smashpass.media.folder import folder_of


def test_pictures_are_named_relative_to_their_collection(tmp_path, picture, pool):
    (tmp_path / "set" / "sub").mkdir(parents=True)
    (tmp_path / "set" / "sub" / "a b é.png").write_bytes(picture())
    results = CollectionPictures(pool, "copy").examine(str(tmp_path / "set"), ["sub/a b é.png"])
    assert [type(result) for result in results] == [Picture]
    assert results[0].origin == ""


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../secret.png", "bad_path"),
        ("sub/../../secret.png", "bad_path"),
        ("/etc/passwd", "bad_path"),
        ("away/secret.png", "bad_path"),
        ("link.png", "unreadable_file"),
        ("sub", "unreadable_file"),
        ("..", "bad_path"),
        ("sub/", "bad_path"),
        ("a\0.png", "bad_path"),
        ("missing.png", "no_file"),
        ("no/such/folder.png", "no_file"),
        ("", "no_picture"),
        ("x" * 5_000, "unreadable_file"),
    ],
)
def test_a_name_that_leads_out_of_the_collection_is_refused(tmp_path, picture, pool, name, code):
    (tmp_path / "secret.png").write_bytes(picture())
    folder = tmp_path / "set"
    (folder / "sub").mkdir(parents=True)
    (folder / "away").symlink_to(tmp_path)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (refusal,) = CollectionPictures(pool, "copy").examine(str(folder), [name])
    assert isinstance(refusal, PictureRefusal)
    assert refusal.code == code


def test_refusals_and_pictures_stay_in_their_order(tmp_path, picture, pool):
    for number in (1, 3):
        (tmp_path / f"{number}.png").write_bytes(picture(number, 9))
    names = ["1.png", "../2.png", "3.png", "4.png", ""]
    results = CollectionPictures(pool, "copy").examine(str(tmp_path), names)
    assert [getattr(result, "width", None) for result in results] == [1, None, 3, None, None]


def test_copy_makes_both_sizes_link_the_small_one_and_a_dry_run_none(
    tmp_path, picture, pool, media
):
    sizes = {}
    for keep, side in (("copy", 321), ("link", 322), ("nothing", 323)):
        (tmp_path / f"{keep}.png").write_bytes(picture(side, side))
        pictures = CollectionPictures(pool, keep)
        (examined,) = pictures.examine(str(tmp_path), [f"{keep}.png"])
        sizes[keep] = [media.has(examined.sha256, size) for size in ("small", "large")]
        assert examined.origin == (str(tmp_path / "link.png") if keep == "link" else "")
    assert sizes == {"copy": [True, True], "link": [True, False], "nothing": [False, False]}


@pytest.mark.parametrize("keep", ["copy", "link"])
@pytest.mark.parametrize(("sides", "files"), [((320, 200), 1), ((200, 321), 2)])
def test_sizes_with_the_same_pixels_share_one_file(
    tmp_path, picture, pool, media, sides, files, keep
):
    (tmp_path / "a.png").write_bytes(picture(*sides))
    (examined,) = CollectionPictures(pool, keep).examine(str(tmp_path), ["a.png"])
    pool.make(str(tmp_path / "a.png"), examined.sha256, "large")
    stored = [size for _, size in media.files()]
    assert stored == ["large", "small"][-files:]
    assert stored_size(*sides, "large") == stored[0]


def test_pictures_are_kept_in_a_folder_and_nowhere_else_yet():
    assert str(folder_of("file:///srv/my%20media")) == "/srv/my media"
    for url in ("s3://bucket/prefix", "/srv/media", "file://host/x", "https://example.org/"):
        with pytest.raises(BadSetting) as caught:
            folder_of(url)
        assert "SMASHPASS_MEDIA_URL" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n"]
)
def test_no_path_is_made_of_anything_but_a_hash(media, name):
    with pytest.raises(ValueError, match="no name"):
        media.path(name, "small")
