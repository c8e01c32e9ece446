"""The results of the tests inside trees as JUnit XML, which build servers read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml

from smashpass.core.errors import NotPossible
from smashpass.core.problems import Problem
from smashpass.services.rules.coverage import TreeCoverage
from smashpass.services.rules.examples import ExampleResult


def write_junit(
    path: Path,
    results: Sequence[ExampleResult],
    errors: Sequence[Problem],
    covered: Sequence[TreeCoverage] = (),
    least: float | None = None,
) -> None:
    """Write results as JUnit XML.

    There is a suite for each tree, one for broken files, and with ``covered`` one for coverage,
    in which trees below ``least`` percent fail.

    Raises:
        NotPossible: The file cannot be written.
    """
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
    if covered:
        suite = suites["coverage"] = Xml.SubElement(top, "testsuite", name="coverage")
        for coverage in covered:
            _add_coverage(suite, coverage, least)
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
            f"the results cannot be written: {reason}", where=str(path), hint="choose another file"
        ) from error


def _add_coverage(suite: Xml.Element, covered: TreeCoverage, least: float | None) -> None:
    measured = covered.coverage
    case = Xml.SubElement(suite, "testcase", classname="coverage", name=measured.tree)
    names = "\n".join(goal.name for goal in measured.missing)
    if least is not None and measured.percent < least:
        message = f"{measured.percent:.1f} % of the tree is covered, less than {least:g} %"
        Xml.SubElement(case, "failure", type="coverage", message=message).text = names
    else:
        Xml.SubElement(case, "system-out").text = f"{measured.percent:.1f} %\n{names}"
