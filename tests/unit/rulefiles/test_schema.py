"""The schema for editors and the checker agree on what a file looks like."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from smashpass.bootstrap.rules import shipped
from smashpass.rulefiles.grammar import CODES, FILE, NODES, OPERATORS, PREDICATES
from smashpass.rulefiles.load import load_texts
from smashpass.rulefiles.schema import schema
from tests.support.rule_mistakes import LINT, NAMES, SHAPES, Mistake
from tests.support.rule_texts import GOOD

VALIDATOR = Draft202012Validator(schema())
STRUCTURE = {*(code for code in CODES if code.startswith("E2"))} - {"E209", "E213"}
"""What the checker says about the form of a file; ranges and queries are more than form."""
DATA = {path: yaml.safe_load(text) for path, text in GOOD.items()}
KEYS = sorted(
    {key for shape in (FILE, *NODES.values(), *PREDICATES.values()) for key in shape.allowed}
)
VALUES: list[Any] = ["", "text", "no", "1", 5, 1, 0, -1, 1.5, True, False, [], {}]
VALUES += [["a"], {"a": 1}, {"tag": "a"}, {"use": "looks.machine"}, [{"tag": "x"}]]
CONSTANTS = {*OPERATORS, "attrs"}


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, value in (
        node.items()
        if isinstance(node, dict)
        else enumerate(node if isinstance(node, list) else ())
    ):
        yield from places(value, (*path, key))


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A good file with one or two values replaced, keys removed, renamed or added."""
    path = draw(st.sampled_from(sorted(DATA)))
    document = copy.deepcopy(DATA[path])
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(list(places(document))))
        holder = document
        for key in place[:-1]:
            holder = holder[key]
        act = draw(st.sampled_from(["replace", "replace", "remove", "rename", "add"]))
        # What fits a constant depends on its attribute, of which the schema knows nothing.
        constant = not CONSTANTS.isdisjoint(map(str, place))
        if act == "remove" and not (constant and isinstance(holder, list)):
            del holder[place[-1]]
        elif act == "rename" and isinstance(holder, dict):
            holder[draw(st.sampled_from([*KEYS, "spare"]))] = holder.pop(place[-1])
        elif act == "add" and isinstance(holder, dict):
            holder[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        else:
            value = draw(st.sampled_from([[], {}] if constant else VALUES))
            holder[place[-1]] = copy.deepcopy(value)
    return path, document


@given(documents())
def test_schema_and_checker_agree_on_the_form_of_any_file(changed: tuple[str, dict]) -> None:
    path, document = changed
    report = load_texts({**GOOD, path: json.dumps(document, ensure_ascii=False, indent=1)})
    errors = [error for error in report.errors if error.file == path]
    wrong = list(VALIDATOR.iter_errors(document))
    if wrong:
        assert errors, wrong[0].message
    renamed = "attr" in json.dumps(document)
    form = {error.code for error in errors} & STRUCTURE
    if form and not wrong:
        # A constant that does not fit the type of its attribute.
        assert renamed
        assert form <= {"E204", "E205", "E207"}


@pytest.mark.parametrize("path", [*GOOD, "shipped"])
def test_good_files_fit_the_schema(path: str) -> None:
    if path == "shipped":
        files = sorted(shipped("rules").rglob("*.yaml"))
        assert len(files) >= 4
        documents = [yaml.safe_load(item.read_text()) for item in files]
    else:
        documents = [DATA[path]]
    for document in documents:
        assert [item.message for item in VALIDATOR.iter_errors(document)] == []


PLANTED = [shape for shape in (*SHAPES, *NAMES, *LINT) if "<<" not in shape.new]
"""``<<`` means something to most readers of YAML, and nothing here."""


@pytest.mark.parametrize("mistake", PLANTED, ids=lambda mistake: mistake.name)
def test_mistakes_of_form_do_not_fit_the_schema_and_others_do(mistake: Mistake) -> None:
    files, _, _ = mistake.files()
    document = yaml.safe_load(files[mistake.file])
    fits = VALIDATOR.is_valid(document)
    beyond_yaml = {"E204", "E205", "E206", "E207", "E208", "E213", "E403", "E304", "E306", "E307"}
    if mistake.code in STRUCTURE - beyond_yaml:
        assert not fits
    elif mistake.code not in beyond_yaml | {"E308"}:
        assert fits


@pytest.mark.parametrize("path", sorted(DATA))
def test_an_empty_value_fits_nowhere(path: str) -> None:
    for place in places(DATA[path]):
        document = copy.deepcopy(DATA[path])
        holder = document
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = None
        assert not VALIDATOR.is_valid(document), place


def test_the_schema_is_one_itself() -> None:
    Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema())) == schema()
