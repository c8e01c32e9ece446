"""Training images whose like-rate shows: the redder, the better liked."""

import json
from pathlib import Path

import numpy as np
from PIL import Image


def write_training_set(
    folder: Path, count: int, *, swipes: int = 20, size: int = 32, seed: int = 1
) -> Path:
    """Write ``count`` pictures into a folder, with a file of training images; return the file.

    A tag tells half of what the colour tells: ``warm`` is on pictures of more red than blue, most
    of the time.
    """
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"format": "smashpass-training/1", "library_version": 1})]
    for number in range(count):
        red, blue = random.random(2)
        pixels = random.integers(0, 40, (size, size, 3)) + np.array([red, 0.3, blue]) * 215
        picture = folder / f"{number}.png"
        Image.fromarray(pixels.astype(np.uint8)).save(picture)
        smashes = int(random.binomial(swipes, 0.1 + 0.8 * red))
        is_warm = bool(red > blue) == bool(random.random() < 0.8)
        line = {"image": f"i{number}", "sha256": random.bytes(32).hex(), "picture": picture.name,
                "tags": ["picture", *["warm"] * is_warm],
                "smashes": smashes, "passes": swipes - smashes}  # fmt: skip
        lines.append(json.dumps(line))
    path = folder / "training.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
