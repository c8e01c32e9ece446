"""What formats know of tags: categories are taken over, aliases and implications are offered."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.settings import load

CREDIT = [
    *("--licence", "MIT", "--source", "site", "--digital-source-type", "digitalCreation"),
    *("--no-real-person", "--depicts", "creature", "--json"),
]


class Shop:
    """An installation, and files to import."""

    def __init__(self, folder, capsys) -> None:
        self.folder = folder
        self.home = folder / "home"
        self._capsys = capsys

    def imports(self, name, content, *options, code=0):
        """Import a file; return the summary."""
        path = self.folder / name
        if content is not None:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        self._capsys.readouterr()
        assert run(["import", str(path), *CREDIT, *options]) == code
        return json.loads(self._capsys.readouterr().out.splitlines()[-1])

    def parts(self):
        return Installation(load({"SMASHPASS_HOME": str(self.home)}))

    def categories(self):
        return {tag.name: tag.category for tag in self.parts().catalogue.tags() if tag.category}

    def knows(self, summary):
        return {name: count for name, count in summary["tag_knowledge"].items() if count}


@pytest.fixture
def shop(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    return Shop(tmp_path, capsys)


def test_danbooru_tags_get_their_categories(shop):
    post = {
        "id": 7,
        "tag_string": "hat some_body miku vocaloid highres",
        "tag_string_general": "hat",
        "tag_string_artist": "some_body",
        "tag_string_character": "miku",
        "tag_string_copyright": "vocaloid",
        "tag_string_meta": "highres",
        "rating": "g",
    }
    dry = shop.imports("posts.json", [post], "--dry-run")
    summary = shop.imports("posts.json", None)
    assert shop.knows(summary) == shop.knows(dry) == {"categories": 5}
    assert shop.categories() == {
        "hat": "general",
        "some_body": "artist",
        "miku": "character",
        "vocaloid": "copyright",
        "highres": "meta",
    }
    change = shop.parts().changes.history(limit=1)[0]
    assert (change.by, change.origin) == ("run 1", "import")


def test_a_category_of_the_library_stands(shop):
    shop.parts().prepare()
    shop.parts().catalogue.create_tags(["hat"], by="test", origin="test")
    shop.parts().catalogue.describe_tag("hat", category="clothes", by="test", origin="test")
    post = {"id": 7, "tag_string": "hat", "tag_string_general": "hat cap"}
    shop.imports("posts.json", [post])
    assert shop.categories() == {"hat": "clothes"}
    second_run = shop.imports("posts.json", None)
    assert shop.knows(second_run) == {"categories": 2}


@pytest.mark.parametrize(
    "tags",
    [
        {"tags": {"general": ["hat"], "species": ["fox"], "invalid": ["nothing"]}},
        {"tags": "hat fox", "tags_general": "hat", "tags_species": ["fox"]},
    ],
)
def test_e621_tags_get_their_categories(shop, tags):
    shop.imports("posts.json", {"posts": [{"id": 1, "rating": "s"} | tags]}, "--format", "e621")
    assert shop.categories() == {"hat": "general", "fox": "species"}


def test_szurubooru_offers_its_other_names(shop):
    tags = [{"names": ["hat", "cap", "headgear"], "category": "clothes"}, {"names": ["beard"]}]
    posts = {"results": [{"id": 1, "type": "image", "safety": "safe", "tags": tags}]}
    summary = shop.imports("posts.json", posts)
    file = summary["tag_knowledge"]["file"]
    assert shop.knows(summary) == {"categories": 1, "aliases": 2, "file": file}
    assert file == str(shop.home / "runs" / "1" / "tags.json")
    assert shop.categories() == {"hat": "clothes"}
    assert not shop.parts().catalogue.vocabulary().aliases
    assert run(["tags", "import", file]) == 0
    vocabulary = shop.parts().catalogue.vocabulary()
    assert vocabulary.resolve("cap") == vocabulary.resolve("headgear") == vocabulary.find("hat")


def test_coco_offers_supercategories_as_implications(shop):
    document = {
        "images": [{"id": 1, "width": 4, "height": 4}],
        "annotations": [{"image_id": 1, "category_id": 3}],
        "categories": [
            {"id": 3, "name": "tabby cat", "supercategory": "animal"},
            {"id": 4, "name": "animal", "supercategory": "animal"},
        ],
    }
    summary = shop.imports("instances.json", document, "--media", "none")
    assert summary["tag_knowledge"]["implications"] == 1
    assert not shop.parts().catalogue.vocabulary().implications
    assert run(["tags", "import", summary["tag_knowledge"]["file"]]) == 0
    vocabulary = shop.parts().catalogue.vocabulary()
    assert vocabulary.implied(vocabulary.find("tabby_cat")) == {vocabulary.find("animal")}


def test_the_line_for_people_names_the_command(shop, capsys):
    tags = [{"names": ["hat", "cap"], "category": "clothes"}]
    (shop.folder / "posts.json").write_text(json.dumps({"results": [{"id": 1, "tags": tags}]}))
    command = ["import", str(shop.folder / "posts.json"), *CREDIT[:-1], "--format", "szurubooru"]
    assert run([*command, "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert run(command) == 0
    line = "the collection knows 1 category, 1 alias of tags; to take aliases and implications over"
    assert line in capsys.readouterr().out


def test_the_tags_of_a_tagger_are_a_dictionary(shop):
    text = "tag_id,name,category,count\n9999999,general,9,807858\n470575,1girl,0,4225150\n"
    (shop.folder / "selected_tags.csv").write_text(text + "212816,hatsune_miku,4,82374\n")
    assert run(["import", str(shop.folder / "selected_tags.csv")]) == 0
    assert shop.categories() == {
        "general": "rating",
        "1girl": "general",
        "hatsune_miku": "character",
    }


@pytest.mark.parametrize(
    ("caption", "tags", "label"),
    [
        ("A cat in a hat.", [], "A cat in a hat."),
        ("a photo of a cat that sits on a mat", [], "a photo of a cat that sits on a mat"),
        ("A cat, in a hat, looks at you!", [], "A cat, in a hat, looks at you!"),
        ("1girl, blue hair, hat", ["1girl", "blue_hair", "hat"], ""),
        ("blue hair", ["blue_hair"], ""),
        ("long_hair hat beard cap red tie", ["beard", "cap", "hat", "long_hair", "red", "tie"], ""),
        ("1girl, hat\nShe looks out of the window.", ["1girl", "hat"],
         "She looks out of the window."),
    ],
)  # fmt: skip
def test_a_sentence_beside_a_picture_is_its_label(shop, caption, tags, label):
    collection = shop.folder / "set"
    collection.mkdir()
    Image.new("RGB", (8, 8), "teal").save(collection / "a.png")
    (collection / "a.txt").write_text(caption)
    assert run(["import", str(collection), *CREDIT]) == 0
    parts = shop.parts()
    (image,) = parts.catalogue.images([1])
    names = parts.catalogue.vocabulary().names
    assert sorted(names[tag] for tag in image.tags) == tags
    assert image.label == label
