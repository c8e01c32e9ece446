"""Rule files for tests of what is done with them; small, and right."""

from __future__ import annotations

LOOKS = """\
format: 1
id: looks
predicates:
  fair: {any: [hair:blonde, hair:white]}
"""


def tree(
    tree_id: str = "plain",
    *,
    weight: int = 60,
    labels: str = "[default]",
    include: str = "",
    first: str = "beard",
    expected: str = "one",
) -> str:
    """Return the text of a tree of three levels with a test for each of its ends."""
    included = f"include: [{include}]\n" if include else ""
    last = "{any: [hat, {is: looks.fair}]}" if include else "hat"
    return f"""\
format: 1
id: {tree_id}
title: Tree {tree_id}
labels: {labels}
{included}root:
  id: top
  if: {first}
  then: {{id: one, verdict: smash, weight: {weight}, reason: "A beard"}}
  else:
    id: middle
    if: glasses
    then: {{id: two, verdict: smash, weight: 55, reason: "Glasses"}}
    else:
      id: bottom
      if: {last}
      then: {{id: three, verdict: pass, weight: 55, reason: "A hat"}}
      else: {{id: four, verdict: pass, weight: 70, reason: "Nothing of note"}}
tests:
  - name: a beard counts first
    given: {{tags: [beard, hat]}}
    expect: {{leaf: {expected}}}
  - name: glasses come second
    given: {{tags: [glasses, hat]}}
    expect: {{leaf: two}}
  - name: a hat comes third
    given: {{tags: [hat]}}
    expect: {{leaf: three}}
  - name: nothing else counts
    given: {{tags: []}}
    expect: {{leaf: four}}
"""
