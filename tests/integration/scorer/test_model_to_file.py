"""From a trained model to the file that others run: evaluated, judged, exported."""

from __future__ import annotations

import json

import numpy as np
import onnxruntime
import pytest

from smashpass.core.errors import BadInput, NotPossible
from smashpass.scorer.commands import run
from smashpass.scorer.dataset import load_pixels, read_training_set
from smashpass.scorer.evaluation import metrics
from smashpass.scorer.evaluation.evaluate import evaluate
from smashpass.scorer.export import export
from smashpass.scorer.model import load_model, sha256_of
from smashpass.scoring.onnx import OnnxScorer
from smashpass.scoring.pixels import rgb_pixels

pytestmark = pytest.mark.slow


def documents(folder, name: str) -> list[dict]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_a_trained_model_beats_tags_on_images_that_it_has_not_seen(trained):
    evaluation = evaluate(trained)
    assert evaluation == json.loads((trained / "evaluation.json").read_text())
    assert evaluation["difference"]["auc"]["low"] > 0
    rows = documents(trained, "predictions.jsonl")
    assert evaluation["test"]["images"] == len(rows)
    data = read_training_set(trained / "training.jsonl")
    assert [row["image"] for row in rows] == [
        data.images[place].image for place in data.places("test")
    ]
    scores, smashes, passes = (
        np.array([row[name] for row in rows]) for name in ("score", "smashes", "passes")
    )
    value = evaluation["predictors"]["model"]["figures"]["auc"]["value"]
    assert value == metrics.auc(scores, smashes, passes)


def test_evaluating_twice_says_the_same(exported):
    before = (exported / "evaluation.json").read_bytes()
    evaluate(exported)
    assert (exported / "evaluation.json").read_bytes() == before


def test_a_model_of_shuffled_swipes_is_kept_and_not_exported(shuffled_once, capsys):
    folder = str(shuffled_once)
    assert run(["evaluate", folder]) == 3
    told = capsys.readouterr()
    assert "does not pass the gate\n  failed: The AUC is" in told.out
    assert "It does not pass the gate." in (shuffled_once / "report.html").read_text()
    assert run(["export", folder]) == 1
    assert "does not pass the gate: The AUC is" in capsys.readouterr().err
    assert not (shuffled_once / "model.onnx").exists()
    assert (shuffled_once / "weights.pt").exists()


def test_the_file_computes_what_the_model_does(exported):
    model = load_model(exported)
    data = read_training_set(exported / "training.jsonl")
    pixels = np.array(load_pixels(data.images, model.size, exported / "pixels"))
    session = onnxruntime.InferenceSession(exported / "model.onnx")
    scores, distributions, embeddings = session.run(
        ["aesthetic", "dist", "emb"], {"pixels": pixels}
    )
    expected = model.predict(pixels)
    assert scores.shape == (len(pixels), 1)
    assert np.abs(scores[:, 0] - expected.scores).max() < 1e-4
    assert np.abs(distributions - expected.distributions).max() < 1e-4
    assert np.abs(embeddings - expected.embeddings).max() < 1e-4
    assert np.abs(np.linalg.norm(embeddings, axis=1) - 1).max() < 1e-5
    assert {array.dtype.name for array in (scores, distributions, embeddings)} == {"float32"}


def test_the_file_says_what_it_is(exported):
    session = onnxruntime.InferenceSession(exported / "model.onnx")
    properties = session.get_modelmeta().custom_metadata_map
    digest = sha256_of(exported / "weights.pt")
    assert properties == {
        "smashpass.format": "smashpass-score/1",
        "smashpass.size": "32",
        "smashpass.weights_sha256": digest,
    }
    card = json.loads((exported / "card.json").read_text())
    assert card["forced"] == (not card["gate"]["passed"])
    assert card["gate"] == json.loads((exported / "evaluation.json").read_text())["gate"]
    assert card["version"] == digest[:12]
    assert card["weights_sha256"] == digest
    assert card["onnx"]["sha256"] == sha256_of(exported / "model.onnx")
    assert card["onnx"]["largest_difference_to_torch"] < 1e-4
    assert card["exported_at"] == "2027-01-15T08:00:00Z"
    assert card["training_data"]["splits"] == load_model(exported).run["data"]["splits"]
    assert card["figures"]["auc"]["low"] < card["figures"]["auc"]["value"]


def test_the_scorer_of_one_process_reads_the_file(exported, items, files):
    in_process = OnnxScorer(exported / "model.onnx")
    model = load_model(exported)
    squares = np.frombuffer(rgb_pixels(files[0], model.size), np.uint8)
    (expected,) = model.predict(squares.reshape(1, model.size, model.size, 3)).scores
    (answer,) = in_process.score(items(files[0]), 20.0)
    assert answer["plugin.aesthetic"] == pytest.approx(expected, abs=1e-4)
    assert in_process.version == model.version


def test_what_is_not_evaluated_is_not_exported(trained):
    with pytest.raises(BadInput, match="run `smashpass scorer evaluate"):
        export(trained, force=True)


def test_an_evaluation_of_other_weights_does_not_count(trained, exported):
    evaluation = json.loads((exported / "evaluation.json").read_text())
    changed = evaluation | {"weights_sha256": 64 * "0"}
    (trained / "evaluation.json").write_text(json.dumps(changed))
    with pytest.raises(BadInput, match="of other weights"):
        export(trained, force=True)


def test_other_training_images_are_refused(trained):
    with (trained / "training.jsonl").open("a") as file:
        file.write(json.dumps(documents(trained, "training.jsonl")[1]) + "\n")
    with pytest.raises(BadInput, match="not the file that the model was trained on"):
        evaluate(trained)


def test_a_gate_that_is_not_passed_is_an_error_that_says_why(trained):
    evaluation = evaluate(trained)
    evaluation["gate"] = {
        "passed": False,
        "checks": [{"name": "calibrated", "passed": False, "text": "It is off."}],
    }
    (trained / "evaluation.json").write_text(json.dumps(evaluation))
    with pytest.raises(NotPossible, match="does not pass the gate: It is off; train with more"):
        export(trained)


def test_a_folder_without_a_model_is_one_clear_error(tmp_path, capsys):
    assert run(["evaluate", str(tmp_path)]) == 1
    assert "train one with `smashpass scorer train" in capsys.readouterr().err
    assert run(["serve", str(tmp_path)]) == 1
    assert f"run `smashpass scorer export {tmp_path}`" in capsys.readouterr().err
