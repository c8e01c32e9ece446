"""``smashpass rules check`` and ``test``: checks of rule files that need no library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from smashpass.cli.arguments import file_name, rules_path
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.file_modes import user_umask
from smashpass.cli.output import json_option, print_json, print_text
from smashpass.cli.rules.coverage import coverage_lines, measure
from smashpass.cli.rules.junit import write_junit
from smashpass.core.problems import Problem
from smashpass.core.rules.ruleset import RuleSet
from smashpass.rulefiles.load import load
from smashpass.rulefiles.render import render_all
from smashpass.rulefiles.schema import schema as rule_file_schema
from smashpass.services.rules.check import findings
from smashpass.services.rules.coverage import TreeCoverage
from smashpass.services.rules.examples import ExampleResult, run_examples

paths_argument = click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=rules_path)


@click.command(epilog="Example: smashpass rules check rules/trees/avatars.yaml")
@paths_argument
@json_option
def check(paths: tuple[str, ...], as_json: bool) -> int:
    """Report every problem in rule files with its place; exit 1 if there is an error.

    PATH is a file, or a folder searched for rule files. No library is needed. The tests inside
    the trees are run too.
    """
    rules = load(paths)
    return show_problems(findings(rules), rules, as_json=as_json)


@click.command(epilog="Example: smashpass rules test rules --junit rules.xml")
@paths_argument
@click.option(
    "--junit",
    metavar="FILE",
    type=file_name,
    help="Also write the results as JUnit XML, for build servers.",
)
@click.option(
    "--coverage",
    "with_coverage",
    is_flag=True,
    help="Measure test coverage, and print the missing tests.",
)
@click.option(
    "--min",
    "least",
    type=click.FloatRange(0, 100),
    metavar="N",
    help="Fail if the tests cover less than N percent of a tree; implies --coverage.",
)
@json_option
def test(
    paths: tuple[str, ...],
    junit: Path | None,
    with_coverage: bool,
    least: float | None,
    as_json: bool,
) -> int:
    """Run the tests inside the trees; exit 1 if one fails or a file has an error.

    PATH is a file, or a folder searched for rule files. No library is needed.

    Coverage counts branches and arms taken, leaves reached, and conditions that were both true
    and false.
    """
    rules = load(paths)
    measured = measure(rules) if with_coverage or least is not None else []
    results = [
        result for tree in rules.trees for result in run_examples(tree, rules.examples[tree.id])
    ]
    failed = [result for result in results if not result.passed]
    insufficient = [
        coverage for coverage in measured if least is not None and coverage.coverage.percent < least
    ]
    if junit is not None:
        with user_umask():
            write_junit(junit, results, rules.errors, measured, least)
    problems = [*rules.errors, *(problem for result in failed for problem in result.problems)]
    _print_tests(rules, results, problems, measured, as_json=as_json)
    for coverage in () if as_json else insufficient:
        click.echo(f"{coverage.coverage.tree} has less than {least:g} % coverage", err=True)
    return ExitCode.FAILED if problems or insufficient else ExitCode.DONE


def _print_tests(
    rules: RuleSet,
    results: Sequence[ExampleResult],
    problems: Sequence[Problem],
    measured: Sequence[TreeCoverage],
    *,
    as_json: bool,
) -> None:
    """Print the outcome of the tests of rules, and what they cover."""
    failed = sum(not result.passed for result in results)
    if as_json:
        print_json(
            {
                "tests": len(results),
                "failed": failed,
                "problems": [problem.as_json() for problem in problems],
                "results": [_as_json(result) for result in results],
            }
            | ({"coverage": [coverage.as_json() for coverage in measured]} if measured else {})
        )
    else:
        if problems:
            print_text(render_all(problems, rules.texts) + "\n")
        broken = f", {_count(len(rules.errors), 'error')} in the files" if rules.errors else ""
        click.echo(f"{_count(len(results), 'test')}, {failed} failed{broken}")
        for coverage in measured:
            print_text("\n".join(coverage_lines(coverage)))


@click.command(epilog="Example: smashpass rules schema > rules.schema.json")
def schema() -> None:
    """Print the format of rule files as a JSON Schema, for editors that validate while you type."""
    # Indented, because people read it.
    click.echo(json.dumps(rule_file_schema(), indent=2, ensure_ascii=False))


def show_problems(problems: Sequence[Problem], rules: RuleSet, *, as_json: bool) -> int:
    """Print problems and their counts; return 1 if one is an error."""
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
        files = _count(len(rules.display_names), "file")
        click.echo(f"{files}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    return ExitCode.FAILED if errors else ExitCode.DONE


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
