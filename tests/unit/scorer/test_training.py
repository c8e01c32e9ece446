"""Training on pictures whose like-rate shows."""

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch

from smashpass.core.errors import BadInput, NotPossible
from smashpass.scorer import training
from smashpass.scorer.commands import run as run_command
from smashpass.scorer.dataset import load_pixels, read_training_set, split_of
from smashpass.scorer.model import load_model
from smashpass.scorer.training import EpochProgress, TrainingOptions, train
from tests.support.training_sets import write_training_set

OPTIONS = TrainingOptions(epochs=4, size=32, width=8, batch=16, device="cpu")


class Stop(Exception):
    """Somebody presses Ctrl-C."""


@pytest.mark.slow
def test_a_model_learns_what_shows_and_is_read_back(tmp_path: Path) -> None:
    write_training_set(tmp_path, 240)
    run = train(tmp_path, OPTIONS)
    losses = [epoch["valid_loss"] for epoch in run["history"]]
    assert losses[-1] < losses[0] / 2
    model = load_model(tmp_path)
    assert model.version == sha256((tmp_path / "weights.pt").read_bytes()).hexdigest()[:12]
    images = read_training_set(tmp_path / "training.jsonl")
    pixels = load_pixels(images.images, 32, tmp_path / "pixels")
    test = images.places("test")
    predictions = model.predict(pixels[test])
    rates = images.smashes[test] / 20
    assert np.corrcoef(predictions.scores, rates)[0, 1] > 0.8
    assert np.allclose(predictions.distributions.sum(axis=1), 1)
    assert np.allclose(np.linalg.norm(predictions.embeddings, axis=1), 1)
    with torch.inference_mode():
        exported, dist, emb = model.exported()(torch.from_numpy(np.array(pixels[test])))
    assert np.allclose(exported[:, 0].numpy(), predictions.scores, atol=1e-5)
    assert np.allclose(dist.numpy(), predictions.distributions, atol=1e-5)
    assert np.allclose(emb.numpy(), predictions.embeddings, atol=1e-4)
    with pytest.raises(NotPossible, match="trained model already"):
        train(tmp_path, OPTIONS)


@pytest.mark.slow
def test_an_interrupted_training_ends_like_one_that_was_not(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        write_training_set(folder, 160)

    def stop(progress: EpochProgress) -> None:
        if progress.epoch == 2:
            raise Stop

    uninterrupted = train(whole, OPTIONS)
    with pytest.raises(Stop):
        train(broken, OPTIONS, progressed=stop)
    assert not (broken / "weights.pt").exists()
    epochs: list[int] = []
    resumed = train(broken, OPTIONS, progressed=lambda progress: epochs.append(progress.epoch))
    assert (resumed["resumed"], epochs) == (True, [3, 4])
    assert resumed["weights_sha256"] == uninterrupted["weights_sha256"]
    assert not (broken / training.CHECKPOINT).exists()


@pytest.mark.slow
def test_a_checkpoint_of_other_options_or_data_is_not_used(tmp_path: Path) -> None:
    write_training_set(tmp_path, 120)

    def stop(_progress: EpochProgress) -> None:
        raise Stop

    with pytest.raises(Stop):
        train(tmp_path, OPTIONS, progressed=stop)
    epochs: list[int] = []
    options = TrainingOptions(epochs=2, size=32, width=8, batch=16, seed=2, device="cpu")
    run = train(tmp_path, options, progressed=lambda progress: epochs.append(progress.epoch))
    assert (run["resumed"], epochs) == (False, [1, 2])


def test_too_few_images_are_refused(tmp_path: Path) -> None:
    write_training_set(tmp_path, 20)
    with pytest.raises(BadInput, match="images with swipes to train on") as refusal:
        train(tmp_path, OPTIONS)
    assert "at least 50" in refusal.value.hint


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_is_refused_where_there_is_none(tmp_path: Path) -> None:
    write_training_set(tmp_path, 60)
    with pytest.raises(NotPossible, match="no CUDA device"):
        train(tmp_path, TrainingOptions(device="cuda"))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "JSONDecodeError"),
        ('{"image": "a"}', "KeyError: 'smashes'"),
        ('{"image": "a", "sha256": "00", "picture": "p", "tags": [], "smashes": 1, "passes": 2}',
         "not a SHA-256"),
        ('{"image": "a", "sha256": "' + "0" * 64
         + '", "picture": "p", "tags": [], "smashes": -1, "passes": 2}', "negative"),
    ],
)  # fmt: skip
def test_a_line_that_is_not_an_image_is_refused_with_its_place(
    tmp_path: Path, line: str, problem: str
) -> None:
    path = write_training_set(tmp_path, 1)
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    with pytest.raises(BadInput, match=problem) as refusal:
        read_training_set(path)
    assert refusal.value.where == f"{path}:3"


def test_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "training.jsonl"
    path.write_text('{"format": "other/1"}\n')
    with pytest.raises(BadInput, match="the format is 'other/1'"):
        read_training_set(path)


def test_splits_depend_on_the_picture_alone() -> None:
    digests = [sha256(b"%d" % number).hexdigest() for number in range(4_000)]
    sizes = Counter(map(split_of, digests))
    assert 2_650 < sizes["train"] < 2_950
    assert 300 < sizes["valid"] < 500
    assert 650 < sizes["test"] < 950
    assert [split_of(digest) for digest in digests[:8]] == [
        "test", "valid", "train", "train", "train", "valid", "train", "train"]  # fmt: skip


def test_pixels_are_decoded_once_for_the_same_pictures(tmp_path: Path) -> None:
    images = read_training_set(write_training_set(tmp_path, 4)).images
    pixels = load_pixels(images, 8, tmp_path / "pixels")
    assert pixels.shape == (4, 8, 8, 3)
    images[0].picture.unlink()
    assert np.array_equal(load_pixels(images, 8, tmp_path / "pixels"), pixels)
    with pytest.raises(BadInput, match="cannot read the picture of i0"):
        load_pixels(images, 16, tmp_path / "pixels")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no trained model"):
        load_model(tmp_path)


@pytest.mark.slow
def test_weights_that_are_not_those_of_the_run_are_refused(tmp_path: Path) -> None:
    write_training_set(tmp_path, 100)
    train(tmp_path, TrainingOptions(epochs=1, size=32, width=8, batch=16, device="cpu"))
    with (tmp_path / "weights.pt").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(BadInput, match=r"weights\.pt has the SHA-256"):
        load_model(tmp_path)


def test_the_command_reports_failures_as_one_line_or_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_training_set(tmp_path, 20)
    assert run_command(["train", "--out", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"smashpass: {tmp_path}/training.jsonl: ")
    assert run_command(["train", "--out", str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "bad_input"
    assert run_command(["train"]) == 2
    assert "Missing option '--out'" in capsys.readouterr().err
    assert run_command(["train", "--help"]) == 0
    assert "Example: smashpass scorer train" in capsys.readouterr().out
