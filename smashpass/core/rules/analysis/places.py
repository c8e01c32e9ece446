"""Where the ways and tests of a tree stand in its files, for messages about them."""

from __future__ import annotations

from dataclasses import dataclass, field

from smashpass.core.problems import Place
from smashpass.core.rules.analysis.reachability import NodePath, Part


@dataclass(frozen=True, slots=True)
class TreePlaces:
    """The places of one tree.

    Attributes:
        ways: Where the test of each arm stands, and what follows each ``else``.
        parts: Where the parts of a test stand; those of named predicates are left out.
        sites: For each branch out of a fragment, where the tree refers to the fragment.
    """

    ways: dict[tuple[NodePath, int], Place] = field(default_factory=dict)
    parts: dict[tuple[NodePath, int, Part], Place] = field(default_factory=dict)
    sites: dict[NodePath, Place] = field(default_factory=dict)
