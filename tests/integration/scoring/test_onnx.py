"""The built-in scorer ``onnx``: a model file that is run in this process."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from smashpass.cli.main import run
from smashpass.core.errors import BadSetting
from smashpass.scoring.onnx import OnnxScorer, smashpass_scorers
from smashpass.scoring.onnx_header import read_header
from smashpass.services.scoring.ports import TIMEOUT, Item, ScorerFailed
from tests.support.onnx_files import WEIGHTS_SHA256, write_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "taste.onnx")


def picture(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (20, 10), colour).save(file, "WEBP", lossless=True)
    return file.getvalue()


def item(data: bytes) -> Item:
    return Item("i", "ab" * 32, "image/webp", (), lambda: data)


class Given:
    def __init__(self, path: str | None) -> None:
        self.values = {"scorer_onnx": path}


def test_it_is_off_unless_a_file_is_set(model: Path) -> None:
    assert smashpass_scorers(Given(None)) == []
    (scorer,) = smashpass_scorers(Given(str(model)))
    assert (scorer.name, scorer.model) == ("onnx", "taste")
    assert scorer.version == WEIGHTS_SHA256[:12]
    assert scorer.attributes == ("plugin.aesthetic",)


def test_a_model_is_called_like_its_file_or_else_like_its_folder(
    model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "crowd"
    folder.mkdir()
    for name, expected in (("model.onnx", "crowd"), ("faces.onnx", "faces")):
        (folder / name).write_bytes(model.read_bytes())
        assert OnnxScorer(folder / name).model == expected


def test_each_picture_gets_its_score_and_an_unreadable_one_costs_itself_alone(model: Path) -> None:
    scorer = OnnxScorer(model)
    pictures = [picture("white"), b"no picture", b"", picture("black"), picture("#0000ff")]
    scores = scorer.score([item(data) for data in pictures], 5.0)
    assert scores[1] is scores[2] is None
    brightness = [values["plugin.aesthetic"] for values in scores if values is not None]
    assert brightness == pytest.approx([1.0, 0.0, 1 / 3], abs=1e-6)
    assert scorer.score([item(b"")], 5.0) == [None]
    assert scores[4]["embedding"] == pytest.approx([0.0, 0.0, 1.0] + [0.0] * 61)


def test_more_pictures_than_a_batch_in_several_threads(model: Path) -> None:
    scorer = OnnxScorer(model)
    colours = [f"#{level:02x}{level:02x}{level:02x}" for level in range(0, 250, 3)]
    items = [item(picture(colour)) for colour in colours]
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(lambda _: scorer.score(items, 30.0), range(8)):
            assert [values["plugin.aesthetic"] for values in scores if values] == pytest.approx(
                [int(colour[1:3], 16) / 255 for colour in colours], abs=1e-6
            )


def test_what_is_not_scored_in_time_is_left(model: Path) -> None:
    scorer = OnnxScorer(model)

    def slow_data() -> bytes:
        time.sleep(0.02)
        return picture("white")

    items = [Item("i", "ab" * 32, "image/webp", (), slow_data) for _ in range(40)]
    with pytest.raises(ScorerFailed) as caught:
        scorer.score(items, 0.5)
    assert caught.value.reason == TIMEOUT
    assert len(caught.value.so_far) == 32


def test_a_file_that_was_replaced_is_not_taken_for_the_one_before(model: Path) -> None:
    scorer = OnnxScorer(model)
    write_model(model, metadata={"smashpass.weights_sha256": "0" * 64})
    with pytest.raises(ScorerFailed, match="was replaced"):
        scorer.score([item(picture("white"))], 5.0)
    assert "was replaced" in scorer.health().problem
    assert OnnxScorer(model).health().reachable


def test_the_header_is_what_the_runtime_reads(model: Path) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    header = read_header(model)
    assert header.metadata == session.get_modelmeta().custom_metadata_map
    assert header.inputs == {"pixels": "UINT8"}
    assert header.outputs == {"aesthetic": "FP32", "dist": "FP32", "emb": "FP32"}
    assert list(header.outputs) == [output.name for output in session.get_outputs()]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"metadata": {"smashpass.format": "other/2"}}, "has the format 'other/2'"),
        ({"metadata": {"smashpass.size": "0"}}, "has the size '0'"),
        ({"metadata": {"smashpass.size": "-8"}}, "has the size '-8'"),
        ({"metadata": {"smashpass.weights_sha256": "abc"}}, "SHA-256"),
        ({"score": "beauty"}, "no output aesthetic of type FP32"),
        ({"pixels": "FP32"}, "no input pixels of type UINT8"),
    ],
)
def test_a_file_of_another_kind_is_a_wrong_setting(
    tmp_path: Path, options: dict[str, object], says: str
) -> None:
    path = write_model(tmp_path / "other.onnx", **options)
    with pytest.raises(BadSetting) as caught:
        OnnxScorer(path)
    assert says in str(caught.value)
    assert "SMASHPASS_SCORER_ONNX" in str(caught.value)


def test_what_is_no_model_at_all_is_a_wrong_setting(tmp_path: Path, model: Path) -> None:
    whole = model.read_bytes()
    damaged = tmp_path / "damaged.onnx"
    for content in (b"", b"\x89PNG\r\n", bytes(100), b"\xff" * 100, whole[: len(whole) // 2]):
        damaged.write_bytes(content)
        with pytest.raises(BadSetting, match=r"damaged\.onnx"):
            OnnxScorer(damaged)
    with pytest.raises(BadSetting, match="cannot be read: No such file"):
        OnnxScorer(tmp_path / "nowhere.onnx")
    with pytest.raises(BadSetting, match="cannot be read: Is a directory"):
        OnnxScorer(tmp_path)


def test_without_the_runtime_the_message_says_what_to_install(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        "smashpass.scoring.onnx.find_spec",
        lambda name: None if name == "onnxruntime" else real_find_spec(name),
    )
    with pytest.raises(BadSetting, match=r"smashpass\[onnx\]"):
        OnnxScorer(model)


def test_the_runtime_is_not_loaded_before_the_first_picture(model: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom smashpass.scoring.onnx import OnnxScorer\n"
        f"OnnxScorer(Path({str(model)!r}))\n"
        "print({'onnxruntime', 'numpy', 'PIL'} & set(sys.modules))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert process.stdout == "set()\n"


@pytest.mark.parametrize("with_server", [False, True])
def test_an_import_ends_with_the_scores_of_the_file(
    tmp_path: Path,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    model_server: object,
    with_server: bool,
) -> None:
    """A model server beside it fills what the file does not."""
    collection = tmp_path / "set"
    collection.mkdir()
    Image.new("RGB", (64, 64), "white").save(collection / "a.png")
    (collection / "metadata.csv").write_text(
        "file_name,tags,source,licence,digital_source_type,real_person,depicts\n"
        "a.png,hat,tests,CC0-1.0,digitalCreation,false,object\n"
    )
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SMASHPASS_SCORER_ONNX", str(model))
    if with_server:
        monkeypatch.setenv("SMASHPASS_SCORER_URL", model_server.url)
        monkeypatch.setenv("SMASHPASS_SCORER_MODEL", "end_to_end")
    assert run(["import", str(collection), "--quiet", "--workers", "1"]) == 0
    assert run(["search", "plugin.aesthetic:>0.99", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["matched"] == 1
    assert run(["scores", "status", "--json"]) == 0
    versions = json.loads(capsys.readouterr().out)["versions"]
    (status,) = [version for version in versions if version["scorer"] == "onnx"]
    assert (status["pictures"], status["embeddings"]) == (1, 1)
    assert run(["plugins", "--json"]) == 0
    scorers = json.loads(capsys.readouterr().out)["scorers"]
    (shown,) = [scorer for scorer in scorers if scorer["name"] == "onnx"]
    assert len(scorers) == 1 + with_server
    assert (shown["model"], shown["version"]) == ("taste", WEIGHTS_SHA256[:12])
    assert shown["health"]["reachable"]
    assert shown["needs"] == ["picture"]
    assert shown["scores"]["coverage"] == 100.0
