"""Comparisons of attributes with constants, from located values to drafts."""

from __future__ import annotations

from smashpass.core.rules.attributes import is_plugin, within
from smashpass.core.rules.tree import Attribute, Compare, Operator
from smashpass.core.values import Value
from smashpass.rulefiles.grammar import OPERATORS, OPERATORS_OF
from smashpass.rulefiles.located import Located, Scalar
from smashpass.rulefiles.read.drafts import Missing, Single
from smashpass.rulefiles.read.fields import Mapped, kind
from smashpass.rulefiles.read.scope import Scope
from smashpass.rulefiles.report import one_of, quote


def read_comparison(scope: Scope, mapped: Mapped) -> Single | Missing:
    """Read ``{attr: NAME, OPERATOR: VALUE, on_missing: …}`` and check that all parts fit."""
    place = scope.report.place(mapped.at)
    name = scope.fields.scalar(mapped.values["attr"], "attr")
    operator = _operator(scope, mapped)
    on_missing = _on_missing(scope, mapped, name)
    attribute = None if name is None else scope.attributes.find(name)
    if attribute is None or operator is None:
        return Missing(place)
    value = _constant(scope, mapped, operator, attribute)
    if value is None or on_missing is None:
        return Missing(place)
    return Single(place, Compare(attribute.name, operator, value, on_missing))


def _operator(scope: Scope, mapped: Mapped) -> Operator | None:
    operators = [operator for operator in OPERATORS if operator in mapped]
    if len(operators) == 1:
        return operators[0]
    if not operators:
        scope.report.error(
            "E214",
            mapped.at,
            "the comparison has no operator",
            hint=f"add {one_of(OPERATORS)}",
        )
        return None
    first, second = sorted((mapped.keys[name] for name in operators), key=lambda key: key.start)[:2]
    scope.report.error(
        "E214",
        second,
        f"the comparison has both {first.text} and {second.text}",
        hint="use between: [low, high], or two comparisons under all:",
        related=scope.report.place(first),
    )
    return None


def _on_missing(scope: Scope, mapped: Mapped, name: Scalar | None) -> bool | None:
    node = mapped.get("on_missing")
    if node is not None:
        return scope.fields.boolean(node, "on_missing")
    if name is not None and is_plugin(name.text):
        scope.report.error(
            "E404",
            name,
            f"{quote(name.text)} comes from a scorer, which may not answer",
            hint="add on_missing: true or on_missing: false",
        )
        return None
    return scope.on_missing


def _constant(
    scope: Scope, mapped: Mapped, operator: Operator, attribute: Attribute
) -> Value | tuple[Value, ...] | None:
    key, node = mapped.keys[operator], mapped.values[operator]
    fitting = OPERATORS_OF[attribute.type]
    if operator not in fitting:
        scope.report.error(
            "E308",
            key,
            f"{operator} does not fit {attribute.name}, which is {attribute.type}",
            hint=f"use {one_of(fitting)}",
        )
        return None
    if operator in ("between", "in"):
        return _constants(scope, node, operator, attribute)
    value = scope.attributes.value(node, attribute)
    if isinstance(value, float) and within(value, attribute):
        _check_edge(scope, node, operator, value, attribute)
    return value


def _constants(
    scope: Scope, node: Located, operator: Operator, attribute: Attribute
) -> tuple[Value, ...] | None:
    items = scope.fields.items(node, operator, filled=True)
    if items is None:
        return None
    if operator == "between" and len(items) != 2:
        scope.report.error(
            "E201", node, f"between has {len(items)} ends", hint="write between: [low, high]"
        )
        return None
    values = [scope.attributes.value(item, attribute) for item in items]
    read = tuple(value for value in values if value is not None)
    if len(read) < len(values):
        return None
    if operator == "between" and float(read[0]) > float(read[1]):
        scope.report.error(
            "E406",
            node,
            f"the ends of between are reversed: {kind(items[0])} is above {kind(items[1])}",
            hint="swap them",
        )
        return None
    return read


def _check_edge(
    scope: Scope, node: Located, operator: Operator, value: float, attribute: Attribute
) -> None:
    """Refuse a test that no value of the range can meet."""
    if (operator == "gt" and value == attribute.max) or (
        operator == "lt" and value == attribute.min
    ):
        scope.report.error(
            "E405",
            node,
            f"{attribute.name} is never {'above' if operator == 'gt' else 'below'} {value:.15g}",
            hint="use gte or lte to include the end",
        )
