"""Single mistakes at every place of good files, each with its code and the place of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from smashpass.rulefiles.grammar import FILE, NODES, OPERATORS, PREDICATES
from smashpass.rulefiles.located import Entries, Items, Located, Scalar
from smashpass.rulefiles.report import ProblemReport
from smashpass.rulefiles.yaml.events import read

KEYS = {key for shape in (FILE, *NODES.values(), *PREDICATES.values()) for key in shape.allowed}
KEYS |= {"when", "given", "expect", "tags", "attrs", "leaf", "name", "type", "min", "max", "source"}
NUMBERS = {"weight", "at_least", "min", "max", *OPERATORS}
Mutation = Callable[["Spot"], tuple[str, int] | None]


@dataclass(frozen=True)
class Spot:
    """One text of a file: under which keys it stands, innermost last."""

    scalar: Scalar
    is_key: bool
    above: tuple[str, ...] = field(default=())

    @property
    def under(self) -> str:
        """The key that it is the value of, or an item of the list of."""
        return self.above[-1] if self.above else ""

    @property
    def number(self) -> bool:
        """Whether it is a number to the grammar."""
        digits = self.scalar.text.replace(".", "").isdigit()
        return not self.is_key and digits and (self.under in NUMBERS or "attrs" in self.above)


@dataclass(frozen=True)
class Planted:
    """Files with one mistake; ``code`` must be reported at the place."""

    code: str
    files: dict[str, str]
    path: str
    line: int
    col: int


def spots(node: Located, above: tuple[str, ...] = ()) -> Iterator[Spot]:
    """Every text of a file."""
    if isinstance(node, Scalar):
        yield Spot(node, is_key=False, above=above)
    elif isinstance(node, Items):
        for item in node.items:
            yield from spots(item, above)
    elif isinstance(node, Entries):
        for name, value in node.entries:
            yield Spot(name, is_key=True, above=above)
            yield from spots(value, (*above, name.text))


def planted(code: str, intact: dict[str, str]) -> Iterator[Planted]:
    """Plant the mistake of ``code`` at every place where it can be made, one at a time."""
    for path, text in intact.items():
        document = read(text, ProblemReport(path))
        assert document is not None
        for spot in spots(document):
            if code == "E107":
                yield from _twice(path, text, spot, intact)
                continue
            edit = MISTAKES[code](spot)
            if edit is not None:
                by, shift = edit
                scalar = spot.scalar
                changed = text[: scalar.start] + by + text[scalar.end :]
                files = {**intact, path: changed}
                yield Planted(code, files, path, scalar.line, scalar.col + shift)


def _twice(path: str, text: str, spot: Spot, intact: dict[str, str]) -> Iterator[Planted]:
    """A key that stands twice, where it begins a line."""
    scalar = spot.scalar
    start = text.rfind("\n", 0, scalar.start) + 1
    indent = text[start : scalar.start]
    if spot.is_key and not indent.strip():
        changed = f"{text[: scalar.start]}{scalar.text}: x\n{indent}{text[scalar.start :]}"
        yield Planted("E107", {**intact, path: changed}, path, scalar.line + 1, scalar.col)


def _value(by: str, shift: int = 0) -> Mutation:
    return lambda spot: None if spot.is_key else (by, shift)


def _at(by: str, *under: str) -> Mutation:
    return lambda spot: (by, 0) if not spot.is_key and spot.under in under else None


def _number(by: str) -> Mutation:
    return lambda spot: (by, 0) if spot.number else None


def _key(spot: Spot) -> tuple[str, int] | None:
    known_key = spot.is_key and spot.scalar.text in KEYS
    return (f"{spot.scalar.text}q", 0) if known_key else None


def _tag(spot: Spot) -> tuple[str, int] | None:
    """A star in the middle of a tag."""
    lists = {"all", "any", "none", "of", "tags", "tag", "not", "if", "when"}
    tests = spot.under in lists and "given" not in spot.above
    return ('"a*b"', 0) if tests and not spot.is_key else None


def _reference(spot: Spot) -> tuple[str, int] | None:
    names = spot.under in ("is", "use") and not spot.is_key
    return ("looks.nowhere", 0) if names else None


MISTAKES: dict[str, Mutation] = {
    "E103": _value("a\u200bb", 1),
    "E105": _value("&x y"),
    "E106": _value("!x y"),
    "E202": _key,
    "E205": _number("1_0"),
    "E207": _at("yes", "on_missing"),
    "E208": _at("2", "format"),
    "E213": lambda spot: ("'beard AND'", 7) if spot.under == "query" else None,
    "E216": _at("maybe", "verdict"),
    "E217": lambda spot: ("plugins", 0) if spot.under == "type" and not spot.is_key else None,
    "E302": _at("nowhere.yaml", "include"),
    "E304": _tag,
    "E305": _reference,
    "E306": _at("image.nothing", "attr"),
    "E601": _at("nowhere", "leaf"),
}
