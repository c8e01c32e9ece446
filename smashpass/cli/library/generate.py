"""``smashpass render --generator``: pictures from an image generator, within a budget."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from smashpass.bootstrap.generating import generator_client, opened_generation, prompt_writer
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.operations.signals import stop_signals
from smashpass.cli.output import print_json, visible
from smashpass.demo.generator.run import GenerationPlan, GenerationReport
from smashpass.demo.generator.shapes import Shape
from smashpass.services.importing.rows.terms import licence_of
from smashpass.settings import load

SHOWN_PROMPTS = 5
_SHOWN_FAILURES = 20
_LONGEST_MODEL = 100


@dataclass(frozen=True, slots=True)
class GeneratorOptions:
    """What was typed, beside what all renderings have; None or "" for what was not."""

    generator: str | None = None
    generator_format: Shape | None = None
    generator_model: str = ""
    licence: str = ""
    budget: Decimal | None = None
    price: Decimal | None = None
    token_file: Path | None = None
    dry_run: bool = False

    def check(self) -> str:
        """Return the licence in its canonical spelling, "" without a generator.

        Raises:
            UsageError: An option is missing, or only makes sense with another one.
        """
        if self.generator is None:
            if self != GeneratorOptions():
                raise click.UsageError("name a generator: --generator URL")
            return ""
        if self.generator_format is None:
            raise click.UsageError("say how the generator is asked: --generator-format openai|oip")
        if not self.generator_model.strip():
            raise click.UsageError("name the model: --generator-model NAME")
        if len(self.generator_model) > _LONGEST_MODEL or not self.generator_model.isprintable():
            raise click.UsageError(
                f"--generator-model has at most {_LONGEST_MODEL} printable characters"
            )
        if self.budget is not None and self.price is None:
            raise click.UsageError("a --budget needs the --price of one call")
        if not self.licence.strip():
            raise click.UsageError(
                "state the licence of the generated pictures: --licence, an SPDX id or a URL"
            )
        licence = licence_of(self.licence.strip())
        if licence is None:
            raise click.UsageError(f"--licence {self.licence[:60]!a} is not an SPDX id or a URL")
        return licence


def amount(text: str) -> Decimal:
    """Return an amount of money, in whatever currency. For use as a click type.

    Raises:
        BadParameter: It is not a number from 0 to 999,999,999 with at most 6 decimals.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < 10**9 or value != round(value, 6):
        raise click.BadParameter(
            f"{text[:40]!a} is not an amount: a number with at most 6 decimals, such as 2.50"
        )
    return value


amount.__name__ = "amount"


def shown(value: Decimal) -> str:
    """Return an amount as people write it: ``1,234.5``."""
    return f"{value.normalize():,f}"


def generate(
    options: GeneratorOptions, count: int, out: Path, seed: int, workers: int, *, as_json: bool
) -> int:
    """Ask for what is missing in ``out`` and print what came of it; return the exit code."""
    licence = options.check()
    assert options.generator is not None
    assert options.generator_format is not None
    settings = load(os.environ)
    model = options.generator_model.strip()
    client = generator_client(
        options.generator, options.generator_format, model, options.token_file
    )
    plan = GenerationPlan(count, seed, licence, options.price, options.budget, workers)
    if options.dry_run:
        return _show_prompts(plan, as_json=as_json)
    hidden = as_json or not sys.stderr.isatty()
    with (
        opened_generation(settings, plan, out, client) as generation,
        stop_signals() as signals,
        click.progressbar(
            length=count,
            label="asking",
            file=sys.stderr,
            hidden=hidden,
            item_show_func=lambda spent: "" if spent is None else f"spent {shown(spent)}",
        ) as bar,
    ):
        report = generation.run(
            lambda: bool(signals),
            lambda settled, spent: bar.update(max(0, settled - bar.pos), spent),
        )
    _print(report, plan, out, as_json=as_json)
    if report.stopped and signals:
        return ExitCode.INTERRUPTED
    return ExitCode.DONE if report.done == count else ExitCode.PARTLY


def _show_prompts(plan: GenerationPlan, *, as_json: bool) -> int:
    """Print the first prompts and what all calls cost if each succeeds at once."""
    writer = prompt_writer(load(os.environ))
    numbers = range(min(plan.count, SHOWN_PROMPTS))
    prompts = [writer.order(plan.seed, number).prompt for number in numbers]
    cost = None if plan.price is None else plan.price * plan.count
    if as_json:
        print_json({"prompts": prompts, "cost": None if cost is None else float(cost)})
        return ExitCode.DONE
    for prompt in prompts:
        click.echo(prompt)
    shown_cost = "not known without --price" if cost is None else shown(cost)
    click.echo(f"{plan.count:,} pictures; cost if each succeeds at once: {shown_cost}")
    return ExitCode.DONE


def _print(report: GenerationReport, plan: GenerationPlan, out: Path, *, as_json: bool) -> None:
    """Print what came of a run."""
    is_spent_known = plan.price is not None or report.spent > 0
    if as_json:
        print_json(
            {
                "folder": str(out),
                "asked": report.asked,
                "done": report.done,
                "failed": [{"id": name, "reason": reason} for name, reason in report.failed],
                "left": report.left,
                "spent": float(report.spent) if is_spent_known else None,
                "budget": None if plan.budget is None else float(plan.budget),
            }
        )
        return
    for name, reason in report.failed[:_SHOWN_FAILURES]:
        click.echo(visible(f"{name}: {reason}"), err=True)
    if len(report.failed) > _SHOWN_FAILURES:
        more = len(report.failed) - _SHOWN_FAILURES
        click.echo(f"and {more:,} more; --json lists all", err=True)
    spent = shown(report.spent) if is_spent_known else "not known without --price"
    limit = "" if plan.budget is None else f" of {shown(plan.budget)}"
    stopped = f"; stopped by {report.stopped}" if report.stopped == "the budget" else ""
    click.echo(
        f"{report.done:,} pictures in {out}, {len(report.failed):,} failed, {report.left:,} left"
        f"; {report.asked:,} calls, spent {spent}{limit}{stopped}"
        f"; import them for review with: smashpass import {out}"
    )
