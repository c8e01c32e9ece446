"""The picture of a tree: every condition whole, no box over another."""

from __future__ import annotations

from itertools import pairwise

from smashpass.rulefiles.load import load_texts
from smashpass.services.rules.authoring.outline import outline
from smashpass.web.admin.rules.tree_picture import WIDTH, picture
from tests.support.trees import tree

LONG = ", ".join(f"namespace_{number}:value_{number}" for number in range(12))
OTHERS = LONG.replace("value", "other")


def drawn(app, text):
    (only,) = load_texts({"t.yaml": text}).trees
    root = outline(only)
    with app.test_request_context("/admin/rules"):
        result = picture(root, {"smash": "Smash", "pass": "Pass"})
    assert result is not None
    return root, result


def test_every_condition_is_in_its_box_from_end_to_end(app):
    root, result = drawn(app, tree("t").replace("if: glasses", f"if: {{any: [{LONG}]}}"))

    for box in result.boxes:
        text = " ".join(line.text for line in box.lines)
        assert "…" not in text
        assert box.spotted.when in text
        assert box.spotted.id in text
        assert box.lines[-1].y < box.height
    assert len(result.boxes) == len(list(root))


def test_no_box_lies_over_another_or_outside(app):
    _, result = drawn(app, tree("t").replace("if: hat", f"if: {{any: [{LONG}, {OTHERS}]}}"))

    columns = {}
    for box in result.boxes:
        assert box.y >= 0
        assert box.y + box.height <= result.height + 0.1
        columns.setdefault(box.x, []).append((box.y, box.y + box.height))
    for spans in columns.values():
        spans.sort()
        assert all(above[1] <= below[0] for above, below in pairwise(spans))
    assert result.width <= WIDTH
