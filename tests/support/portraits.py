"""A tree of four levels as values: hair, beards and machines, as an editor would write it."""

from __future__ import annotations

from smashpass.core.query import syntax as q
from smashpass.core.rules import tree as t


def word(name: str) -> q.Words:
    return q.Words((q.Word(name),))


FAIR_HAIR = t.AnyOf(
    (t.TagTest("hair:blonde"), t.TagTest("hair:platinum"), t.TagTest("hair:light_*"))
)

MACHINE = t.Branch(
    "machine",
    "if",
    (
        t.Arm(
            t.Compare("image.width", "gte", 512.0),
            t.Leaf("machine-big", "smash", 55, "Detailed machine character"),
        ),
    ),
    t.Leaf("machine-small", "pass", 70, "Machine character, too small to judge"),
)

SCORED = t.Branch(
    "fair-beard",
    "if",
    (
        t.Arm(
            t.Compare("plugin.aesthetic", "gte", 6.5, on_missing=True),
            t.Leaf("fair-beard-yes", "smash", 80, "Fair hair, beard, face visible"),
        ),
    ),
    t.Lottery(
        "fair-beard-mix",
        (
            t.Outcome("smash", 3, "Your tags match, but the picture scores low"),
            t.Outcome("pass", 1, "The picture scores low"),
        ),
    ),
)

ROBOT = t.QueryTest(
    'robot AND (metal OR "glowing eyes") -broken',
    q.Conjunction(
        (
            word("robot"),
            q.Disjunction((word("metal"), q.Exact("glowing_eyes"))),
            q.Negation(word("broken")),
        )
    ),
)

LOOKS = t.Branch(
    "looks",
    "choose",
    (
        t.Arm(
            t.AllOf(
                (
                    FAIR_HAIR,
                    t.TagTest("beard"),
                    t.NoneOf((t.TagTest("hat:*"), t.TagTest("glasses:dark"))),
                )
            ),
            SCORED,
        ),
        t.Arm(ROBOT, MACHINE),
        t.Arm(
            t.AtLeast(
                2,
                (
                    t.TagTest("style:*"),
                    t.Compare("image.quality", "between", (70.0, 100.0)),
                    t.Compare("viewer.likes_week", "gt", 20.0),
                ),
            ),
            t.Leaf("well-made", "smash", 60, "Good quality in a style you follow"),
        ),
    ),
    t.Leaf("no-match", "pass", 40, "No preference matched"),
)

PORTRAITS = t.Tree(
    "portraits",
    t.Branch(
        "gate",
        "if",
        (
            t.Arm(
                t.AnyOf((t.TagTest("safety:blocked"), t.TagTest("safety:unreviewed"))),
                t.Leaf("unsafe", "pass", 100, "Blocked, or not reviewed yet"),
            ),
        ),
        LOOKS,
    ),
    title="Portrait avatars",
    owner="content-team",
    labels=("portrait", "default"),
    attributes={
        "image.width": t.Attribute("image.width", "integer", 1, 16384),
        "image.quality": t.Attribute("image.quality", "number", 0, 100),
        "viewer.likes_week": t.Attribute("viewer.likes_week", "integer", 0),
        "plugin.aesthetic": t.Attribute("plugin.aesthetic", "number", 0, 10),
    },
)
