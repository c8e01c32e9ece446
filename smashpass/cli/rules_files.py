"""``smashpass rules check`` and ``test``: what can be said about rule files without a library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml

import click

from smashpass.cli.arguments import file_name
from smashpass.cli.output import json_option, print_json, print_text
from smashpass.core.errors import NotPossible
from smashpass.core.problems import Problem
from smashpass.rulefiles.check import check_set
from smashpass.rulefiles.load import RuleSet, load
from smashpass.rulefiles.render import render_all
from smashpass.services.examples import ExampleResult, run_examples

paths_argument = click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=file_name)


@click.command(epilog="Example: smashpass rules check rules/trees/avatars.yaml")
@paths_argument
@json_option
def check(paths: tuple[Path, ...], as_json: bool) -> int:
    """Name every mistake in rule files with its place; exit 1 if there is an error.

    PATH is a file or a folder with all rule files below it. No library is needed. The tests
    inside the trees are run too.
    """
    rules = load(paths)
    return show_problems(check_set(rules), rules, as_json=as_json)


@click.command(epilog="Example: smashpass rules test rules --junit rules.xml")
@paths_argument
@click.option(
    "--junit",
    metavar="FILE",
    type=file_name,
    help="Also write the results as JUnit XML, for build servers.",
)
@json_option
def test(paths: tuple[Path, ...], junit: Path | None, as_json: bool) -> int:
    """Run the tests inside the trees; exit 1 if one fails or a file has an error.

    PATH is a file or a folder with all rule files below it. No library is needed.
    """
    rules = load(paths)
    results = [
        result for tree in rules.trees for result in run_examples(tree, rules.examples[tree.id])
    ]
    failed = [result for result in results if not result.passed]
    if junit is not None:
        _write_junit(junit, results, rules.errors)
    wrong = [*rules.errors, *(problem for result in failed for problem in result.problems)]
    if as_json:
        print_json(
            {
                "tests": len(results),
                "failed": len(failed),
                "problems": [problem.as_json() for problem in wrong],
                "results": [_as_json(result) for result in results],
            }
        )
    else:
        if wrong:
            print_text(render_all(wrong, rules.texts) + "\n")
        broken = f", {_count(len(rules.errors), 'error')} in the files" if rules.errors else ""
        click.echo(f"{_count(len(results), 'test')}, {len(failed)} failed{broken}")
    return 1 if wrong else 0


def show_problems(problems: Sequence[Problem], rules: RuleSet, *, as_json: bool) -> int:
    """Print problems and how many there are; return 1 if one of them is an error."""
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    if as_json:
        print_json(
            {
                "problems": [problem.as_json() for problem in problems],
                "errors": errors,
                "warnings": warnings,
            }
        )
    else:
        if problems:
            print_text(render_all(problems, rules.texts) + "\n")
        files = _count(len(rules.shown), "file")
        click.echo(f"{files}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    return 1 if errors else 0


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _as_json(result: ExampleResult) -> dict[str, object]:
    return {
        "tree": result.tree,
        "name": result.example.name,
        "file": result.example.file,
        "line": result.example.line,
        "leaf": result.leaf,
        "passed": result.passed,
    }


def _write_junit(path: Path, results: Sequence[ExampleResult], errors: Sequence[Problem]) -> None:
    """Write results as build servers read them: a suite a tree, and one for broken files."""
    top = Xml.Element("testsuites", name="smashpass rules test")
    suites: dict[str, Xml.Element] = {}
    for result in results:
        suite = suites.get(result.tree)
        if suite is None:
            suite = suites[result.tree] = Xml.SubElement(top, "testsuite", name=result.tree)
        case = Xml.SubElement(suite, "testcase", classname=result.tree, name=result.example.name)
        case.set("file", result.example.file)
        case.set("line", str(result.example.line))
        for problem in result.problems:
            failure = Xml.SubElement(case, "failure", type=problem.code, message=problem.message)
            failure.text = f"{problem.where}\n{problem.hint}"
    if errors:
        suite = suites["files"] = Xml.SubElement(top, "testsuite", name="files")
        for problem in errors:
            case = Xml.SubElement(suite, "testcase", classname="files", name=problem.where)
            Xml.SubElement(case, "error", type=problem.code, message=problem.message)
    for suite in suites.values():
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("errors", str(len(suite.findall("testcase/error"))))
    try:
        path.write_bytes(Xml.tostring(top, encoding="utf-8", xml_declaration=True))
    except (OSError, ValueError) as error:
        # ValueError: the name holds a NUL.
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise NotPossible(
            f"the results cannot be written: {reason}", where=str(path), hint="name another file"
        ) from error
