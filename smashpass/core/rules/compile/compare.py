"""The result of a comparison for a value: one definition, shared by both forms of a tree."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from smashpass.core.rules.tree import Compare, Operator
from smashpass.core.values import Value

Holds = Callable[[Value | None], bool]

_ORDERED: Mapping[Operator, Callable[[Value, Value], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
}


def holds(compare: Compare) -> Holds:
    """Return the test of ``compare`` as a function of the value; None means that it is missing.

    A text never meets a number: a value of another kind than the constant counts as missing,
    so that ``on_missing`` decides and nothing is ever true by accident. Booleans are the
    numbers 0 and 1, as in the library's columns.
    """
    missing = compare.on_missing
    constants = constants_of(compare)
    numbers = tuple(constant for constant in constants if not isinstance(constant, str))
    texts = tuple(constant for constant in constants if isinstance(constant, str))
    if not texts and compare.op in ("gte", "gt", "lte", "lt"):
        return _bound(compare.op, numbers[0], missing)
    number_test = _test(compare.op, numbers)
    text_test = _test(compare.op, texts)

    def answer(value: Value | None) -> bool:
        if value is None:
            return missing
        test = text_test if isinstance(value, str) else number_test
        return missing if test is None else test(value)

    return answer


def constants_of(compare: Compare) -> tuple[Value, ...]:
    """Return the constants of a comparison, one or more."""
    return compare.value if isinstance(compare.value, tuple) else (compare.value,)


def _test(op: Operator, constants: tuple[Value, ...]) -> Callable[[Value], bool] | None:
    """Return the test against constants of one kind; None if there are none of that kind."""
    if not constants:
        return None
    if op == "in":
        return frozenset(constants).__contains__
    if op == "between":
        return _between(constants[0], constants[-1])
    compared = _ORDERED[op]
    constant = constants[0]
    return lambda value: compared(value, constant)


def _between(low: Value, high: Value) -> Callable[[Value], bool]:
    return lambda value: operator.le(low, value) and operator.le(value, high)


def _bound(op: Operator, limit: Value, missing: bool) -> Holds:
    """The common case, a number against one end, with one call less."""
    compared = _ORDERED[op]

    def answer(value: Value | None) -> bool:
        if value is None or isinstance(value, str):
            return missing
        return compared(value, limit)

    return answer
