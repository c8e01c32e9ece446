"""What commands print of rules that have errors."""

from __future__ import annotations

import click

from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.output import print_json
from smashpass.core.errors import RulesInvalid
from smashpass.core.rules.ruleset import RuleSet
from smashpass.rulefiles.render import render_all


def refuse(invalid: RulesInvalid, rules: RuleSet, detail: str, *, as_json: bool) -> int:
    """Print every problem and a summary; return the exit code.

    Args:
        invalid: All problems of the rules.
        rules: The rules, whose texts are quoted.
        detail: The summary; ``{errors}`` in it becomes "2 errors".
        as_json: Whether to print JSON.
    """
    count = sum(problem.severity == "error" for problem in invalid.problems)
    summary = detail.format(errors=f"{count} error{'' if count == 1 else 's'}")
    if as_json:
        problems = [problem.as_json() for problem in invalid.problems]
        print_json({"code": invalid.code, "detail": summary, "problems": problems})
    else:
        click.echo(render_all(invalid.problems, rules.texts) + "\n", err=True)
        click.echo(f"smashpass: {summary}", err=True)
    return ExitCode.FAILED
