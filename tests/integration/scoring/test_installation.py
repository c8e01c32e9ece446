"""From a picture on disk, through the import, to a decision that a model server had a say in."""

from __future__ import annotations

import base64
import io
import os

from PIL import Image

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.core.rules import tree as t
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.services.scoring.scores import ImageToScore
from smashpass.settings import load

TREE = t.Tree(
    "test",
    t.Branch(
        "asks",
        "if",
        (
            t.Arm(
                t.Compare("plugin.aesthetic", "gte", 0.0),
                t.Leaf("scored", "smash", 50, "It has a score"),
            ),
        ),
        t.Leaf("unscored", "pass", 50, "It has none"),
    ),
)


def test_a_model_server_is_shown_the_picture_that_viewers_see(tmp_path, model_server, monkeypatch):
    collection = tmp_path / "set"
    collection.mkdir()
    Image.new("RGB", (1_600, 900), "teal").save(collection / "a.png")
    (collection / "metadata.csv").write_text(
        "file_name,tags,source,licence,digital_source_type,real_person,depicts\n"
        "a.png,hat,tests,CC0-1.0,digitalCreation,false,object\n"
    )
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SMASHPASS_SCORER_URL", model_server.url)
    monkeypatch.setenv("SMASHPASS_SCORER_MODEL", "end_to_end")
    monkeypatch.setenv("SMASHPASS_SCORER_DEADLINE_MS", "1500")
    assert run(["import", str(collection), "--quiet", "--workers", "1"]) == 0

    installation = Installation(load(os.environ))
    index = installation.library.index
    pictures = installation.catalogue.pictures_of([1])
    image = installation.image_ids.encode(1)
    (decision,) = installation.scoring.decisions(
        compile_tree(TREE, index.vocabulary),
        [ImageToScore(image, index.facts(1), pictures[1], 1)],
        revision="r",
        viewer="v",
        columns=index.scores,
    )
    installation.engine.dispose()

    assert (decision.engine, decision.leaf) == ("model", "scored")
    assert decision.model["name"] == "oip"
    assert decision.model["version"] == "7"
    assert decision.model["source"] == "store"  # the import asked
    (request,) = model_server.asked("end_to_end")
    picture = base64.b64decode(request["question"]["inputs"][0]["data"][0])
    assert Image.open(io.BytesIO(picture)).format == "WEBP"
    assert Image.open(io.BytesIO(picture)).size == (1_024, 576)
