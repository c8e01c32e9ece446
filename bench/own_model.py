"""A model of one's own: trained on a simulated crowd's swipes, judged, filled, and decided by.

Everything goes the way of an operator: ``smashpass demo``, ``scorer train``, ``evaluate``,
``export``, ``scores fill``, ``decide``. Only the swipes are written past HTTP.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.crowd import Floats, SeenImage, swipes_of, true_rates
from bench.processes import Finished, PeerFailed, run, smashpass
from bench.report import Row
from bench.site import Site
from smashpass.bootstrap.container import build
from smashpass.core.people.swipe import Swipe
from smashpass.scorer.dataset import read_training_set
from smashpass.scorer.evaluation.metrics import auc
from smashpass.settings import load

IMAGES, SWIPES, VIEWERS, SEEDS = 5_000, 20, 400, (1, 2, 3)
MOST_S = 15 * 60.0
LEAST_SHARE = 0.9
MOST_ECE = 0.03
_AT_ONCE = 500
_BEGAN = 1_700_000_000_000_000

TREE = """
format: 1
id: own_model
labels: [default]
attributes:
  plugin.aesthetic: {type: number, min: 0, max: 1}
root:
  id: wide
  if: {attr: image.width, gte: 1}
  then:
    id: high
    if: {attr: image.height, gte: 1}
    then:
      id: score
      if: {attr: plugin.aesthetic, gte: 0.5, on_missing: false}
      then: {id: liked, verdict: smash, reason: "The model expects that most would smash it"}
      else: {id: disliked, verdict: pass, reason: "The model expects that most would pass"}
    else: {id: flat, verdict: pass, reason: "Without a height"}
  else: {id: narrow, verdict: pass, reason: "Without a width"}
"""


@dataclass(frozen=True)
class Simulation:
    """An installation with swipes, and how likely each image really is to be smashed."""

    home: Path
    truth: Mapping[str, float]

    def run(self, *arguments: str, may_fail: bool = False, **settings: str) -> Finished:
        """Run a command of the installation."""
        environment = {"SMASHPASS_HOME": str(self.home), **settings}
        finished = run(smashpass(*arguments), self.home.parent / "run", environment)
        if finished.code and not may_fail:
            raise PeerFailed(f"smashpass {' '.join(arguments)}: {finished.complaint}")
        return finished


def measure(site: Site) -> Iterator[Row]:
    """Train on a crowd's swipes with three seeds, then once on swipes that say nothing."""
    count = IMAGES // 10 if site.quick else IMAGES
    simulation = simulated(site.folder / "own-model", count)
    began = time.perf_counter()
    folders = []
    for seed in SEEDS[: site.times(len(SEEDS), 1)]:
        folder = simulation.home.parent / f"model-{seed}"
        yield from _trained(site, simulation, folder, seed)
        folders.append(folder)
    seconds = time.perf_counter() - began
    yield Row(
        f"own model: {len(folders)} trainings with their evaluations",
        count,
        seconds,
        gate=f"< {MOST_S / 60:.0f} min",
        passed=None if site.quick else seconds < MOST_S,
    )
    yield _shuffled(site, simulation, folders[0])
    yield from _used(site, simulation, folders[0])


def simulated(folder: Path, count: int) -> Simulation:
    """Return an installation of ``count`` demo pictures with the swipes of a crowd."""
    shutil.rmtree(folder, ignore_errors=True)
    simulation = Simulation(folder / "home", {})
    simulation.run("demo", "--count", str(count))
    services = build(load({"SMASHPASS_HOME": str(simulation.home)}))
    parts = services.installation
    index = parts.library.latest()
    names = index.vocabulary.names
    ordinals = list(index.live)
    images = [
        SeenImage(
            frozenset(names[tag] for tag in index.facts(record.ordinal).tags),
            parts.media.largest_file(record.sha256 or ""),
        )
        for record in parts.catalogue.images(ordinals)
    ]
    random = np.random.default_rng(11)
    rates = true_rates(images, random)
    for number, viewer_swipes in enumerate(swipes_of(rates, SWIPES, VIEWERS, random)):
        viewer = parts.viewers.create("18+")
        swipes = [
            Swipe(f"s{place}", ordinals[place], "smash" if smashed else "pass",
                  _BEGAN + number * 1_000_000 + step)
            for step, (place, smashed) in enumerate(viewer_swipes)
        ]  # fmt: skip
        for start in range(0, len(swipes), _AT_ONCE):
            parts.swipes.record(viewer.id, swipes[start : start + _AT_ONCE])
    truth = dict(zip(map(parts.image_ids.encode, ordinals), map(float, rates), strict=True))
    parts.engine.dispose()
    return Simulation(simulation.home, truth)


def _trained(site: Site, simulation: Simulation, folder: Path, seed: int) -> Iterator[Row]:
    """Train and evaluate; yield how good the model is beside tags alone and the truth."""
    epochs = ("--epochs", "1") if site.quick else ()
    trained = simulation.run(
        "scorer", "train", "--out", str(folder), "--seed", str(seed), "--json", *epochs
    )
    training = json.loads(trained.output)
    evaluation = _evaluated(simulation, folder)
    figures = {name: entry["figures"] for name, entry in evaluation["predictors"].items()}
    difference = evaluation["difference"]["auc"]
    model, tags = figures["model"]["auc"]["value"], figures["tags_only"]["auc"]["value"]
    oracle = _oracle(simulation, folder)
    count, judged = len(simulation.truth), not site.quick
    yield Row(
        f"own model, seed {seed}: AUC",
        count,
        model,
        "",
        "tags only",
        tags,
        gate="difference above 0 with 95 %",
        passed=difference["low"] > 0 if judged else None,
        note=f"difference {difference['value']:.3f} ({difference['low']:.3f} to "
        f"{difference['high']:.3f}); SRCC {figures['model']['srcc']['value']:.2f}, tags only "
        f"{figures['tags_only']['srcc']['value']:.2f}; popularity "
        f"{figures['popularity']['auc']['value']:.3f}; trained in {training['seconds']:.0f} s, "
        f"{training['images_per_second']:,.0f} images/s",
    )
    yield Row(
        f"own model, seed {seed}: share of the oracle's AUC",
        count,
        model / oracle,
        "",
        gate=f"≥ {LEAST_SHARE}",
        passed=model / oracle >= LEAST_SHARE if judged else None,
        note=f"whoever knows the true rates has {oracle:.3f}",
    )
    error = figures["model"]["ece"]["value"]
    yield Row(
        f"own model, seed {seed}: ECE",
        count,
        error,
        "",
        gate=f"≤ {MOST_ECE}",
        passed=error <= MOST_ECE if judged else None,
        note="the gate of the model "
        + ("passes" if evaluation["gate"]["passed"] else "does not pass"),
    )


def _evaluated(simulation: Simulation, folder: Path) -> dict[str, Any]:
    finished = simulation.run("scorer", "evaluate", str(folder), "--json", may_fail=True)
    if finished.code not in (0, 3):
        raise PeerFailed(f"smashpass scorer evaluate: {finished.complaint}")
    evaluation: dict[str, Any] = json.loads(finished.output)
    return evaluation


def _oracle(simulation: Simulation, folder: Path) -> float:
    """Return the AUC that the true rates have on the swipes of the test images."""
    lines = (folder / "predictions.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    truth: Floats = np.array([simulation.truth[row["image"]] for row in rows])
    smashes, passes = (np.array([row[name] for row in rows]) for name in ("smashes", "passes"))
    return float(auc(truth, smashes, passes))


def _shuffled(site: Site, simulation: Simulation, model: Path) -> Row:
    """Train on the same pictures with each other's swipes: the gate must refuse the model."""
    folder = simulation.home.parent / "model-shuffled"
    folder.mkdir(exist_ok=True)
    first, *lines = (model / "training.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    counts = np.random.default_rng(5).permutation([(row["smashes"], row["passes"]) for row in rows])
    for row, (smashes, passes) in zip(rows, counts.tolist(), strict=True):
        row |= {"smashes": smashes, "passes": passes}
    content = "\n".join([first, *map(json.dumps, rows)]) + "\n"
    (folder / "training.jsonl").write_text(content, "utf-8")
    for pixels in model.glob("pixels-*.npy"):
        (folder / pixels.name).symlink_to(pixels)
    epochs = ("--epochs", "1" if site.quick else "5")
    simulation.run("scorer", "train", "--out", str(folder), "--json", *epochs)
    gate = _evaluated(simulation, folder)["gate"]
    exported = simulation.run("scorer", "export", str(folder), may_fail=True)
    failed = [check["name"] for check in gate["checks"] if not check["passed"]]
    refused = not gate["passed"] and exported.code == 1 and not (folder / "model.onnx").exists()
    return Row(
        "own model: one trained on shuffled swipes is refused",
        len(read_training_set(folder / "training.jsonl").images),
        float(refused),
        "",
        gate="yes",
        passed=refused,
        note=f"failed: {', '.join(failed) or 'nothing'}",
    )


def _used(site: Site, simulation: Simulation, folder: Path) -> Iterator[Row]:
    """Export, fill, and let a tree decide by the score."""
    force = ("--force",) if site.quick else ()
    card = json.loads(simulation.run("scorer", "export", str(folder), "--json", *force).output)
    onnx = {"SMASHPASS_SCORER_ONNX": str(folder / "model.onnx")}
    filled = simulation.run("scores", "fill", "--json", **onnx)
    scored = json.loads(filled.output)["scorers"][0]["scored"]
    count = len(simulation.truth)
    yield Row(
        "own model: fill with it in process",
        count,
        filled.seconds,
        gate="all scored",
        passed=scored == count,
        note=f"{scored / filled.seconds:,.0f} pictures/s, start of the command included",
    )
    tree = simulation.home.parent / "own_model.yaml"
    tree.write_text(TREE, "utf-8")
    simulation.run("rules", "publish", str(tree), "--reason", "benchmark")
    wrong = 0
    images = list(simulation.truth)[: site.times(20, 3)]
    for image in images:
        decided = simulation.run(
            "decide", "--image", image, "--tree", "own_model", "--json", **onnx
        )
        decision = json.loads(decided.output)
        model = decision.get("model", {})
        right = (
            decision["engine"] == "model"
            and model["version"] == card["version"]
            and (decision["verdict"] == "smash") == (model["score"] >= 0.5)
        )
        wrong += not right
    yield Row(
        "own model: decisions that do not rest on it",
        count,
        float(wrong),
        "",
        gate="0",
        passed=wrong == 0,
        note=f"of {len(images)}; model {card['version']}",
    )
