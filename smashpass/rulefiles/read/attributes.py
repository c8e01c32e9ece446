"""Attributes of a file: declarations, and values that must fit them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from smashpass.core.rules.attributes import BUILT_IN, MAX_TEXT_VALUE, within
from smashpass.core.rules.tree import Attribute
from smashpass.core.values import Value
from smashpass.rulefiles.grammar import (
    MAX_WHOLE,
    NAMESPACES,
    NUMBER_ATTRIBUTE,
    OTHER_ATTRIBUTE,
    TYPES,
    Construct,
)
from smashpass.rulefiles.located import Entries, Located, Scalar
from smashpass.rulefiles.read.fields import Fields, Mapped
from smashpass.rulefiles.report import Names, one_of, quote

_NAME = re.compile(r"[a-z]+\.[^\s,:\"*(){}\[\]]{1,100}")


def declared(fields: Fields, node: Located | None) -> list[tuple[Scalar, Attribute | None]]:
    """Read the ``attributes`` of a file; a declaration that cannot be read holds None."""
    entries = None if node is None else fields.entries(node, "attributes")
    return [
        (key, _declaration(fields, key, value))
        for key, value in (() if entries is None else entries.entries)
    ]


def _declaration(fields: Fields, key: Scalar, node: Located) -> Attribute | None:
    name = key.text
    if not _NAME.fullmatch(name) or name.split(".")[0] not in NAMESPACES:
        fields.report.error(
            "E306",
            key,
            f"{quote(name)} is not a valid attribute name",
            hint=f"use a name under {one_of([f'{name}.' for name in NAMESPACES])}, without blanks",
        )
        return None
    entries = fields.entries(node, f"the attribute {name}")
    if entries is None:
        return None
    mapped = fields.read_keys(entries, _construct(entries))
    _check_source(fields, mapped, name)
    type_node = mapped.get("type")
    chosen = None if type_node is None else fields.word(type_node, "the type", TYPES)
    type_ = next((namespace for namespace in TYPES if namespace == chosen), None)
    if type_ is None:
        return None
    if name in BUILT_IN and BUILT_IN[name].type != type_:
        fields.report.error(
            "E309",
            mapped.values["type"],
            f"{name} is declared as {type_}, but it is built in as {BUILT_IN[name].type}",
            hint="remove the declaration",
        )
        return None
    attribute = Attribute(name, type_)
    low = _end(fields, mapped, "min", attribute)
    high = _end(fields, mapped, "max", attribute)
    if low is not None and high is not None and low > high:
        fields.report.error(
            "E209", mapped.values["min"], f"min {low:g} is above max {high:g}", hint="swap them"
        )
        return attribute
    return Attribute(name, type_, low, high)


def _construct(entries: Entries) -> Construct:
    """Return which keys a declaration may have: texts and booleans have no range."""
    written = {key.text: value for key, value in entries.entries}
    type_ = written.get("type")
    ranged = not isinstance(type_, Scalar) or type_.text not in ("text", "boolean")
    return NUMBER_ATTRIBUTE if ranged else OTHER_ATTRIBUTE


def _check_source(fields: Fields, mapped: Mapped, name: str) -> None:
    """``source`` may repeat what the name already says: that a scorer provides the number."""
    node = mapped.get("source")
    if node is None:
        return
    namespace = name.split(".")[0]
    fields.word(node, f"the source of {name}", (namespace,))


def _end(fields: Fields, mapped: Mapped, key: str, attribute: Attribute) -> float | None:
    node = mapped.get(key)
    if node is None or attribute.type not in ("integer", "number"):
        return None
    value = fields.number(node, key)
    if value is not None and attribute.type == "integer" and not value.is_integer():
        fields.report.error("E308", node, f"{key} is {value:g}, but {attribute.name} is an integer")
        return None
    return value


class Attributes:
    """The attributes that one file may read: built in, or declared in it."""

    def __init__(
        self, fields: Fields, declarations: Sequence[tuple[Scalar, Attribute | None]]
    ) -> None:
        """Own declarations go before built-in ones: they may narrow a range."""
        self.declared = {
            attribute.name: attribute for _, attribute in declarations if attribute is not None
        }
        self.places = {key.text: fields.report.place(key) for key, _ in declarations}
        self._fields = fields
        self._known: dict[str, Attribute | None] = dict(BUILT_IN)
        self._known |= {key.text: attribute for key, attribute in declarations}
        self._names = Names(sorted(self._known))

    @property
    def readable(self) -> dict[str, Attribute]:
        """All attributes with a readable declaration, by name."""
        return {name: attribute for name, attribute in self._known.items() if attribute is not None}

    def find(self, name: Scalar) -> Attribute | None:
        """Return the attribute, or report that it is not declared.

        None without a report stands for one whose declaration is broken.
        """
        if name.text not in self._known:
            self._fields.report.error(
                "E306",
                name,
                f"the attribute {quote(name.text)} is not declared",
                hint=self._hint(name.text),
            )
        return self._known.get(name.text)

    def value(self, node: Located, attribute: Attribute) -> Value | None:
        """Read a constant of the attribute's type and range."""
        label = f"the value for {attribute.name}"
        if attribute.type == "boolean":
            return self._fields.boolean(node, label)
        if attribute.type == "text":
            return self._fields.text(node, label, MAX_TEXT_VALUE)
        value = self._fields.number(node, label)
        if value is None:
            return None
        if attribute.type == "integer" and not (value.is_integer() and abs(value) <= MAX_WHOLE):
            self._fields.report.error(
                "E308", node, f"{label} is {value:.15g}, but the attribute is an integer"
            )
            return None
        if not within(value, attribute):
            self._fields.report.error(
                "E405",
                node,
                f"{label} is {value:.15g}, outside its range",
                hint=f"the range is {describe_range(attribute)}",
            )
        return value

    def _hint(self, name: str) -> str:
        namespace, _, rest = name.partition(".")
        renamed = f"viewer.{rest}"
        if namespace == "user" and renamed in self._known:
            return f"did you mean {renamed}?"
        near = self._fields.report.nearest(name, self._names)
        if near is not None:
            return f"did you mean {near}?"
        return f"declare it: attributes: {{{name[:40]}: {{type: number}}}}"


def describe_range(attribute: Attribute) -> str:
    """Describe the range of an attribute."""
    low = "any" if attribute.min is None else f"{attribute.min:.15g}"
    high = "any" if attribute.max is None else f"{attribute.max:.15g}"
    return f"{low} to {high}"
