"""The context for reading one file: names, attributes, defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smashpass.rulefiles.located import Located
from smashpass.rulefiles.read.attributes import Attributes
from smashpass.rulefiles.read.drafts import Missing, Reference, Target
from smashpass.rulefiles.read.fields import Fields
from smashpass.rulefiles.report import Names, ProblemReport, one_of, quote


class Visible:
    """The named predicates, or the named nodes, that a file may refer to."""

    def __init__(self, kind: str, targets: Mapping[str, Target], *, whole: bool) -> None:
        """Keep the names that may be referred to: ``fragment.name``, and own names bare.

        ``kind`` is used in messages. Where an include could not be read, ``whole`` is
        false, and unknown names of fragments that are not there count as reported.
        """
        self._what = kind
        self._whole = whole
        self._targets = targets
        self._names = Names(sorted(targets))
        self._fragments = {name.partition(".")[0] for name in targets if "." in name}

    @property
    def names(self) -> tuple[str, ...]:
        """All names that may be referred to, sorted."""
        return tuple(sorted(self._targets))

    def reference(self, fields: Fields, node: Located, key: str) -> Reference | Missing:
        """Read a reference under ``key``; an unknown name is reported."""
        place = fields.report.place(node)
        scalar = fields.scalar(node, key)
        if scalar is None:
            return Missing(place)
        target = self._targets.get(scalar.text)
        if target is not None:
            return Reference(place, target)
        fragment, dot, _ = scalar.text.partition(".")
        if not self._whole and dot and fragment not in self._fragments:
            return Missing(place)
        near = fields.report.nearest(scalar.text, self._names)
        fields.report.error(
            "E305",
            scalar,
            f"no {self._what} is called {quote(scalar.text)}",
            hint=f"did you mean {near}?" if near else self._hint(),
        )
        return Missing(place)

    def _hint(self) -> str:
        if self._names:
            return f"use {one_of(self._names)}"
        return "include the file that defines it, and write fragment.name"


@dataclass(frozen=True, slots=True)
class Scope:
    """The surroundings of the predicates and nodes of one file.

    Attributes:
        fields: Readers that report to this file.
        text: The file, to find places inside of texts.
        attributes: What comparisons may read.
        weight: Weight of a leaf that states none.
        on_missing: Answer of a comparison that states none when the attribute has no value.
        predicates: What ``is:`` may name.
        nodes: What ``use:`` may name.
    """

    fields: Fields
    text: str
    attributes: Attributes
    weight: int
    on_missing: bool
    predicates: Visible
    nodes: Visible

    @property
    def report(self) -> ProblemReport:
        """Where the problems of the file go."""
        return self.fields.report
