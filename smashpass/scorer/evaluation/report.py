"""The evaluation of a model as one page for people: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from smashpass.scorer.evaluation.gate import WIDEST, WORST_SLICE
from smashpass.scorer.evaluation.plots import Row, curves, forest, reliability_diagram

REPORT = "report.html"

NAMES = {
    "model": "this model",
    "tags_only": "tags only",
    "popularity": "popularity",
    "constant": "constant",
}
MEASURES = {
    "auc": ("AUC", "How often a smash scores higher than a pass. 0.5 is chance; more is better."),
    "srcc": ("SRCC", "Rank correlation of scores and like-rates of images; more is better."),
    "lcc": ("LCC", "Linear correlation of scores and like-rates; more is better."),
    "emd": ("EMD²", "Squared distance of predicted and measured distributions; less is better."),
    "brier": ("Brier", "Mean squared error for each swipe; less is better."),
    "ece": ("ECE", "Calibration error: how far scores are from like-rates; less is better."),
}

_STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --text: #1b1d21; --quiet: #5b6270;
  --line: #d9dce2; --main: #1f5fbf; --other: #6b7280; --bad: #b3261e; --good: #1b6e3c; }
@media (prefers-color-scheme: dark) { :root { --page: #14161a; --text: #e9eaec; --quiet: #a6adba;
  --line: #343943; --main: #86b4ff; --other: #a0a7b4; --bad: #ff8f86; --good: #7fd49b; } }
body { background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.quiet, figcaption { color: var(--quiet); } figure { margin: 1rem 0; }
.passed { color: var(--good); } .failed { color: var(--bad); } .verdict { font-weight: 600; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 0.85rem; }
th, td { text-align: left; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--text); font-size: 13px; }
.grid { stroke: var(--line); } .mark { stroke: var(--quiet); stroke-dasharray: 5 4; }
polyline { fill: none; stroke-width: 2; } .interval { stroke-width: 3; stroke-linecap: round; }
polyline.main, .interval.main { stroke: var(--main); } circle.main { fill: var(--main); }
polyline.other, .interval.other { stroke: var(--other); } circle.other { fill: var(--other); }
.interval.bad { stroke: var(--bad); } circle.bad { fill: var(--bad); }
"""


def report(evaluation: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """Return the page of an evaluation.

    Args:
        evaluation: What ``evaluation.json`` holds.
        run: What ``run.json`` holds; its ``history`` becomes the training curve.
    """
    sections = [
        _verdict(evaluation),
        _comparison(evaluation),
        _calibration(evaluation),
        _slices(evaluation["slices"]),
        _training(run.get("history", [])),
        _origin(evaluation, run),
    ]
    title = f"Model {evaluation['version']}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body><main>\n"
        + "\n".join(section for section in sections if section)
        + "\n</main></body></html>\n"
    )


def write_report(folder: Path, evaluation: Mapping[str, Any], run: Mapping[str, Any]) -> Path:
    """Write ``report.html`` into a model folder and return its path."""
    path = folder / REPORT
    partial = path.with_suffix(".partial")
    partial.write_text(report(evaluation, run), "utf-8")
    partial.replace(path)
    return path


def _verdict(evaluation: Mapping[str, Any]) -> str:
    gate, test = evaluation["gate"], evaluation["test"]
    verdict = "It passes the gate." if gate["passed"] else "It does not pass the gate."
    checks = "".join(
        f'<li><span class="{_state(check["passed"])}">{_state(check["passed"])}</span>: '
        f"{escape(check['text'])}</li>"
        for check in gate["checks"]
    )
    return (
        f"<h1>How well does model {escape(evaluation['version'])} predict what your viewers "
        "like?</h1>"
        f'<p class="verdict {_state(gate["passed"])}">{verdict}</p><ul>{checks}</ul>'
        f"<p>Measured on {test['images']:,} images with {test['swipes']:,} swipes that the model "
        f"was not trained on; {test['like_rate']:.1%} of the swipes were smashes.</p>"
        "<p>The model predicts the taste of this installation’s viewers on this library, and "
        "nothing else. It does not measure the beauty of people and must not be used to judge "
        "anybody.</p>"
    )


def _comparison(evaluation: Mapping[str, Any]) -> str:
    predictors = evaluation["predictors"]
    rows = [
        _row(NAMES[name], predictor["figures"]["auc"], "main" if name == "model" else "other")
        for name, predictor in predictors.items()
    ]
    head = "".join(f"<th scope=col>{measure}</th>" for measure, _ in MEASURES.values())
    body = "".join(
        f"<tr><th scope=row>{NAMES[name]}</th>{_cells(predictor['figures'])}</tr>"
        for name, predictor in predictors.items()
    )
    body += f"<tr><th scope=row>model − tags only</th>{_cells(evaluation['difference'])}</tr>"
    notes = "".join(
        f"<li>{NAMES[name]}: {escape(predictor['note'])}</li>"
        for name, predictor in predictors.items()
        if predictor["note"]
    )
    meanings = "".join(f"<li>{name}: {meaning}</li>" for name, meaning in MEASURES.values())
    ceiling = evaluation["noise_ceiling"]
    limit = (
        ""
        if ceiling is None
        else f"<p>Swipes are partly chance: on this many, even the true like-rates would only "
        f"reach an SRCC of about {ceiling:.2f} (estimated by halving the swipes of each image).</p>"
    )
    plot = forest("AUC with 95 % intervals, by predictor", [row for row in rows if row], [0.5])
    return (
        "<h2>Compared with simpler predictors</h2>"
        f"<figure>{plot}<figcaption>AUC with 95 % intervals from {evaluation['resamples']} draws "
        "of whole images. The dashed line is chance.</figcaption></figure>"
        f'<div class="wide"><table><tr><th scope=col>Predictor</th>{head}</tr>{body}</table></div>'
        f'{limit}<ul class="quiet">{notes}{meanings}</ul>'
    )


def _calibration(evaluation: Mapping[str, Any]) -> str:
    points = evaluation["reliability"]
    places = [(point["score"], point["like_rate"]) for point in points]
    plot = reliability_diagram("Like-rate by predicted like-rate", places)
    body = "".join(
        f'<tr><td class="number">{point["score"]:.3f}</td><td class="number">'
        f'{point["like_rate"]:.3f}</td><td class="number">{point["swipes"]:,}</td></tr>'
        for point in points
    )
    return (
        "<h2>Do scores mean what they say?</h2>"
        f"<figure>{plot}<figcaption>Swipes in groups of nearly equal size, by score. On the dashed "
        "line, a score of 0.7 means that 70 % of the swipes were smashes.</figcaption></figure>"
        '<div class="wide"><table><tr><th scope=col>Mean score</th><th scope=col>Like-rate</th>'
        f"<th scope=col>Swipes</th></tr>{body}</table></div>"
    )


def _slices(slices: Sequence[Mapping[str, Any]]) -> str:
    heading = "<h2>By tag</h2>"
    if not slices:
        return f"{heading}<p>No tag is on enough test images to be looked at by itself.</p>"
    rows = [
        _row(part["tag"], part["difference"], "bad" if part["worse"] else "main")
        for part in slices
        if part["judged"] or part["worse"]
    ]
    plot = "<p>No tag’s images have enough swipes to be judged.</p>"
    if rows:
        chart = forest(
            "Difference in AUC to tags only, by tag", [row for row in rows if row], [0, WORST_SLICE]
        )
        plot = (
            f"<figure>{chart}<figcaption>AUC of the model less that of tags only, on the images "
            f"with each tag. Left of {WORST_SLICE} is not allowed.</figcaption></figure>"
        )
    body = "".join(
        f"<tr><th scope=row>{escape(part['tag'])}</th>"
        f'<td class="number">{part["images"]:,}</td><td class="number">{part["swipes"]:,}</td>'
        f'<td class="number">{_number(part["model"])}</td>'
        f'<td class="number">{_number(part["tags_only"])}</td>'
        f"{_cell(part['difference'])}<td>{_slice_state(part)}</td></tr>"
        for part in slices
    )
    return (
        f"{heading}{plot}<p>A tag is judged if its interval is at most ±{WIDEST} wide, or all "
        f"on one side of {WORST_SLICE}: otherwise bad luck could not be told from a bad model.</p>"
        '<div class="wide"><table><tr><th scope=col>Tag</th><th scope=col>Images</th>'
        "<th scope=col>Swipes</th><th scope=col>Model</th><th scope=col>Tags only</th>"
        f"<th scope=col>Difference</th><th scope=col>Verdict</th></tr>{body}</table></div>"
    )


def _training(history: Sequence[Mapping[str, float]]) -> str:
    if not history:
        return ""
    names = {"train_loss": "trained on", "valid_loss": "validation"}
    lines = [(label, [epoch[key] for epoch in history]) for key, label in names.items()]
    body = "".join(
        f'<tr><td>{number}</td><td class="number">{epoch["train_loss"]:.4f}</td>'
        f'<td class="number">{epoch["valid_loss"]:.4f}</td></tr>'
        for number, epoch in enumerate(history, 1)
    )
    return (
        f"<h2>Training</h2><figure>{curves('Loss by epoch', lines)}<figcaption>Loss (squared EMD) "
        "after each epoch, on the images trained on and on others.</figcaption></figure>"
        '<details><summary>As a table</summary><div class="wide"><table><tr><th scope=col>Epoch'
        "</th><th scope=col>Trained on</th><th scope=col>Validation</th></tr>"
        f"{body}</table></div></details>"
    )


def _origin(evaluation: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    facts = {
        "Weights (SHA-256)": evaluation["weights_sha256"],
        "Training images (SHA-256)": evaluation["data_sha256"],
        "Images": ", ".join(
            f"{split} {size['images']:,} with {size['swipes']:,} swipes"
            for split, size in run["data"]["splits"].items()
        ),
        "Options": ", ".join(f"{name} {value}" for name, value in run["options"].items()),
        "Trained in": f"{run['seconds']:,.0f} s on {run['device']}, PyTorch {run['torch']}",
    }
    body = "".join(
        f"<tr><th scope=row>{name}</th><td>{escape(str(fact))}</td></tr>"
        for name, fact in facts.items()
    )
    return f'<h2>Where it comes from</h2><div class="wide"><table>{body}</table></div>'


def _row(label: str, estimate: Mapping[str, Any], style: str) -> Row | None:
    if estimate["value"] is None:
        return None
    return Row(label, estimate["value"], estimate["low"], estimate["high"], style)


def _cells(figures: Mapping[str, Any]) -> str:
    return "".join(_cell(figures.get(name)) for name in MEASURES)


def _cell(estimate: Mapping[str, Any] | None) -> str:
    if estimate is None or estimate["value"] is None:
        return '<td class="number">–</td>'
    text = _number(estimate["value"])
    if estimate["low"] is not None:
        ends = f"{_number(estimate['low'])} to {_number(estimate['high'])}"
        text += f'<br><span class="quiet">{ends}</span>'
    return f'<td class="number">{text}</td>'


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".replace("-", "−")


def _state(passed: object) -> str:
    return "passed" if passed else "failed"


def _slice_state(part: Mapping[str, Any]) -> str:
    if part["worse"]:
        return '<span class="failed">worse</span>'
    return "fine" if part["judged"] else "too few swipes to judge"
