"""A decision as a value: what was decided, by which leaf of which revision, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from smashpass.core.values import Value, Verdict, without_fraction

Engine = Literal["rules", "model", "rules-fallback"]


@dataclass(frozen=True, slots=True)
class TagReason:
    """A test was met by ``tag``; ``via`` is the image's own tag that led to it, if another."""

    tag: str
    via: str | None = None

    def as_json(self) -> dict[str, object]:
        """``{"tag": …}``, with ``via`` only where it says something."""
        return {"tag": self.tag} if self.via is None else {"tag": self.tag, "via": self.via}


@dataclass(frozen=True, slots=True)
class AttributeReason:
    """A test read ``attr`` and saw ``value``; None means that it was missing."""

    attr: str
    value: Value | None

    def as_json(self) -> dict[str, object]:
        """``{"attr": …, "value": …}``; whole numbers without a fraction."""
        return {"attr": self.attr, "value": without_fraction(self.value)}


@dataclass(frozen=True, slots=True)
class Step:
    """One evaluated test: its node, its text, the result and the reasons."""

    node: str
    test: str
    result: bool
    because: tuple[TagReason | AttributeReason, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The step as ``decision.path`` carries it."""
        return {
            "node": self.node,
            "test": self.test,
            "result": self.result,
            "because": [reason.as_json() for reason in self.because],
        }


@dataclass(frozen=True, slots=True)
class Flip:
    """A smallest change of the image that turns the verdict.

    Attributes:
        change: The change, exactly, in the words of rules.
        verdict: The resulting verdict.
        text: The change in plain language: ``with pink hair``.
    """

    change: str
    verdict: Verdict
    text: str = field(default="", compare=False)

    def as_json(self) -> dict[str, object]:
        """The flip as ``decision.flip`` carries it."""
        return {"change": self.change, "verdict": self.verdict, "text": self.text}


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a branch.

    Attributes:
        label: What arrives there, as a noun phrase.
        taken: Whether the image goes there.
        verdicts: The verdicts that can be reached there.
    """

    label: str
    taken: bool
    verdicts: tuple[Verdict, ...]

    def as_json(self) -> dict[str, object]:
        """The way as ``decision.branches`` carries it."""
        return {"label": self.label, "taken": self.taken, "verdicts": list(self.verdicts)}


@dataclass(frozen=True, slots=True)
class PassedBranch:
    """A branch on the path of an image: its id, and its ways in order, ``else`` last."""

    node: str
    ways: tuple[Way, ...]

    def as_json(self) -> dict[str, object]:
        """The branch as ``decision.branches`` carries it."""
        return {"node": self.node, "ways": [way.as_json() for way in self.ways]}


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision for one image.

    ``path``, ``flip``, ``explanation`` (up to three sentences) and ``branches`` (those on the path,
    the first one first) are None unless requested.
    """

    verdict: Verdict
    weight: int
    leaf: str
    reason: str
    tree: str
    revision: str
    engine: Engine = "rules"
    model: Mapping[str, object] | None = None
    fallback: str | None = None
    path: tuple[Step, ...] | None = None
    flip: tuple[Flip, ...] | None = None
    explanation: str | None = None
    branches: tuple[PassedBranch, ...] | None = None

    def as_json(self) -> dict[str, object]:
        """The decision in the form of the interface; absent parts are left out."""
        body: dict[str, object] = {
            "verdict": self.verdict,
            "weight": self.weight,
            "leaf": self.leaf,
            "reason": self.reason,
            "tree": self.tree,
            "revision": self.revision,
            "engine": self.engine,
        }
        if self.model is not None:
            body["model"] = dict(self.model)
        if self.fallback is not None:
            body["fallback"] = self.fallback
        if self.path is not None:
            body["path"] = [step.as_json() for step in self.path]
        if self.flip is not None:
            body["flip"] = [flip.as_json() for flip in self.flip]
        if self.explanation is not None:
            body["explanation"] = self.explanation
        if self.branches is not None:
            body["branches"] = [branch.as_json() for branch in self.branches]
        return body
