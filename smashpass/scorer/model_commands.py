"""The subcommands for a model that is trained: ``evaluate``, ``export`` and ``serve``.

``commands`` adds them to its group. What they need is imported when they run.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

_FOLDER = click.Path(path_type=Path, file_okay=False)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_NOT_PASSED = 3


@click.command(epilog="Example: smashpass scorer evaluate crowd")
@click.argument("folder", type=_FOLDER)
@_json_option
def evaluate(folder: Path, as_json: bool) -> int:
    """Measure a trained model on images that it was not trained on.

    Compares it with what is known without it, and writes evaluation.json, predictions.jsonl and
    report.html into the folder. Exit code 3: it does not pass the gate.
    """
    from smashpass.scorer.evaluation.evaluate import evaluate as evaluate_model
    from smashpass.scorer.evaluation.report import write_report
    from smashpass.scorer.model import load_model

    evaluation = evaluate_model(folder)
    report = write_report(folder, evaluation, load_model(folder).run)
    gate = evaluation["gate"]
    if as_json:
        click.echo(json.dumps(evaluation))
    else:
        verdict = "passes" if gate["passed"] else "does not pass"
        click.echo(f"model {evaluation['version']} {verdict} the gate")
        for check in gate["checks"]:
            click.echo(f"  {'passed' if check['passed'] else 'failed'}: {check['text']}")
        click.echo(f"report: {report}")
    return 0 if gate["passed"] else _NOT_PASSED


@click.command(epilog="Example: smashpass scorer export crowd")
@click.argument("folder", type=_FOLDER)
@click.option("--force", is_flag=True, help="Export a model that does not pass the gate too.")
@_json_option
def export(folder: Path, force: bool, as_json: bool) -> None:
    """Write a model that passes the gate as one file, model.onnx, with its card.json."""
    from smashpass.scorer.export import MODEL
    from smashpass.scorer.export import export as export_model

    card = export_model(folder, force=force)
    if as_json:
        click.echo(json.dumps(card))
        return
    path = folder / MODEL
    warning = " although it does not pass the gate" if card["forced"] else ""
    click.echo(
        f"exported {card['version']} to {path}{warning}; next: set SMASHPASS_SCORER_ONNX={path}, "
        f"or run `smashpass scorer serve {folder}`"
    )


@click.command(epilog="Example: smashpass scorer serve crowd --port 8080")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen at. Whoever reaches it may ask: there is no password.",
)
@click.option("--port", type=click.IntRange(1, 65_535), default=8080, show_default=True)
@click.option(
    "--model", "name", default="smashpass", show_default=True, help="What requests call the model."
)
def serve(folder: Path, host: str, port: int, name: str) -> None:
    """Serve an exported model over the Open Inference Protocol, until Ctrl-C."""
    from smashpass.scorer.export import MODEL
    from smashpass.scorer.serve import serve as serve_model

    def started(version: str) -> None:
        click.echo(
            f"serving {version} at http://{host}:{port}: set SMASHPASS_SCORER_URL="
            f"http://{host}:{port} and SMASHPASS_SCORER_MODEL={name}; Ctrl-C ends it",
            err=True,
        )

    serve_model(folder / MODEL, name, host, port, started)
