"""The first pass over a file: what it is, what it includes, and which names it defines."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.rules.tree import DEFAULT_WEIGHT
from smashpass.rulefiles.grammar import (
    DEFAULTS,
    FILE,
    FORMAT,
    MAX_NOTE,
    MAX_PATH,
    MAX_TITLE,
    MAX_WEIGHT,
)
from smashpass.rulefiles.located import Hole, Located, Scalar
from smashpass.rulefiles.read.attributes import Attributes, declared
from smashpass.rulefiles.read.fields import Fields, Mapped
from smashpass.rulefiles.report import ProblemReport, quote


@dataclass(slots=True, eq=False)
class Include:
    """One entry of ``include``; ``key`` is the file found, None as long as none is."""

    at: Scalar
    path: str
    key: str | None = None


@dataclass(slots=True, eq=False)
class FileHeader:
    """The result of the first pass over one file.

    ``id_at`` is None if the file has no readable id; ``includes_whole`` is false if a part of
    ``include`` could not be read. The bodies of predicates, nodes, root and
    tests are still unread.
    """

    key: str
    text: str
    fields: Fields
    id_at: Scalar | None
    title: str
    description: str
    owner: str
    labels: tuple[Scalar, ...]
    includes: tuple[Include, ...]
    includes_whole: bool
    attributes: Attributes
    weight: int
    on_missing: bool
    predicates: dict[str, Located]
    nodes: dict[str, Located]
    root: Located | None
    tests: Located | None

    @property
    def report(self) -> ProblemReport:
        """Where the problems of the file go."""
        return self.fields.report

    @property
    def id(self) -> str:
        """The file's id; "" if it has none."""
        return "" if self.id_at is None else self.id_at.text


def read_header(key: str, text: str, document: Located, report: ProblemReport) -> FileHeader | None:
    """Read the top level of a file; None if it is not a mapping."""
    fields = Fields(report)
    mapped = fields.mapping(document, FILE)
    if mapped is None:
        return None
    _check_format(fields, mapped)
    _check_kind(fields, mapped)
    id_node = mapped.get("id")
    weight, on_missing = _defaults(fields, mapped)
    includes, includes_whole = _includes(fields, mapped)
    return FileHeader(
        key=key,
        text=text,
        fields=fields,
        id_at=None if id_node is None else fields.id(id_node, "the id of the file"),
        title=_text(fields, mapped, "title", MAX_TITLE),
        description=_text(fields, mapped, "description", MAX_NOTE),
        owner=_text(fields, mapped, "owner", MAX_TITLE),
        labels=_labels(fields, mapped),
        includes=includes,
        includes_whole=includes_whole,
        attributes=Attributes(fields, declared(fields, mapped.get("attributes"))),
        weight=weight,
        on_missing=on_missing,
        predicates=_named(fields, mapped, "predicates"),
        nodes=_named(fields, mapped, "nodes"),
        root=mapped.get("root"),
        tests=mapped.get("tests"),
    )


def _check_format(fields: Fields, mapped: Mapped) -> None:
    node = mapped.get("format")
    if node is None or isinstance(node, Hole):
        return
    if not isinstance(node, Scalar) or node.text != FORMAT or node.style != "plain":
        written = quote(node.text) if isinstance(node, Scalar) else "no number"
        fields.report.error(
            "E208", node, f"the format is {written}", hint=f"write format: {FORMAT}, without quotes"
        )


def _check_kind(fields: Fields, mapped: Mapped) -> None:
    """A file is a tree, with a root, or it defines something for trees."""
    if "root" in mapped:
        return
    if "predicates" not in mapped and "nodes" not in mapped:
        fields.report.error(
            "E203",
            mapped.at,
            "the file lacks the key root",
            hint="add root: for a tree, predicates: or nodes: for a fragment file",
        )
    if "tests" in mapped:
        fields.report.error(
            "E202",
            mapped.keys["tests"],
            "a file without root has no tests",
            hint="move them to a tree that includes this file",
        )


def _text(fields: Fields, mapped: Mapped, key: str, longest: int) -> str:
    node = mapped.get(key)
    return "" if node is None else fields.text(node, f"the {key}", longest) or ""


def _labels(fields: Fields, mapped: Mapped) -> tuple[Scalar, ...]:
    nodes = fields.optional_items(mapped.get("labels"), "labels")
    read = [fields.id(node, "the label") for node in nodes]
    return tuple(label for label in read if label is not None)


def _includes(fields: Fields, mapped: Mapped) -> tuple[tuple[Include, ...], bool]:
    """Return the includes that can be read, and whether these are all."""
    node = mapped.get("include")
    if node is None:
        return (), True
    items = fields.items(node, "include")
    includes = []
    for item in items or ():
        text = fields.text(item, "the include", MAX_PATH)
        if text is not None and isinstance(item, Scalar):
            includes.append(Include(item, text))
    return tuple(includes), items is not None and len(includes) == len(items)


def _defaults(fields: Fields, mapped: Mapped) -> tuple[int, bool]:
    """Return weight and on_missing for what states none."""
    node = mapped.get("defaults")
    inner = None if node is None else fields.mapping(node, DEFAULTS)
    weight: int | None = None
    on_missing: bool | None = None
    if inner is not None and (value := inner.get("weight")) is not None:
        weight = fields.whole(value, "the default weight", 0, MAX_WEIGHT)
    if inner is not None and (value := inner.get("on_missing")) is not None:
        on_missing = fields.boolean(value, "the default on_missing")
    return DEFAULT_WEIGHT if weight is None else weight, on_missing or False


def _named(fields: Fields, mapped: Mapped, key: str) -> dict[str, Located]:
    """Return the bodies under ``predicates`` or ``nodes`` by name; bad names are reported."""
    node = mapped.get(key)
    entries = None if node is None else fields.entries(node, key)
    bodies: dict[str, Located] = {}
    for name, body in () if entries is None else entries.entries:
        if fields.id(name, f"the name under {key}") is not None:
            bodies[name.text] = body
    return bodies
