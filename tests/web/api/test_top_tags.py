"""The file of the commonest tags: its address changes with it, so it may be kept for ever."""

from __future__ import annotations

import gzip
import json

from smashpass.core.operations.changelog import VocabularyPlan


def test_the_newest_file_is_found_kept_and_left_when_the_library_changes(world):
    client, parts = world.app.test_client(), world.parts
    first = client.get("/api/v1/tags/top")
    assert (first.status_code, first.headers["Cache-Control"]) == (302, "no-cache")
    answer = client.get(first.headers["Location"], headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    content = json.loads(gzip.decompress(answer.data))
    assert client.get(first.headers["Location"]).json == content
    rows = {name: (count, aliases) for name, _, count, _, aliases in content["tags"]}
    index = parts.library.index
    assert rows["beard"] == (index.count(index.vocabulary.find("beard")), [])
    counts = [count for count, _ in rows.values()]
    assert counts == sorted(counts, reverse=True)

    wish = VocabularyPlan(aliased=(("whiskers", "beard"),))
    parts.catalogue.edit_vocabulary(wish, by="t", origin="t", reason="t", at_version=None)
    world.look()

    old = client.get(first.headers["Location"])
    assert old.status_code == 302
    assert old.headers["Location"] != first.headers["Location"]
    newer = client.get(old.headers["Location"]).json
    assert ["whiskers"] in [aliases for name, *_, aliases in newer["tags"] if name == "beard"]
