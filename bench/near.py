"""How often are two different demo pictures near each other? ``python -m bench.near``."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from smashpass.bootstrap.rules import shipped
from smashpass.core.pictures.likeness import NEAR, Likenesses
from smashpass.demo.folder import render
from smashpass.demo.pool import Order
from smashpass.media.decode import decode
from smashpass.media.likeness import signature

PICTURES, SEED, REMOVED = 500, 7, 40


def main() -> None:
    """Draw pictures, take the first ones for removed, one by one, and count what is held."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "drawn"
        render(
            Order(shipped("image_library"), SEED),
            out,
            count=PICTURES,
            workers=1,
            progress=int,
        )
        files = sorted(out.rglob("*.webp"))
        signatures = [(file.name, signature(decode(file.read_bytes()))) for file in files]
    others = len(signatures) - 1
    search = Likenesses(signatures)
    began = time.perf_counter()
    near_counts = [len(search.near(searched)) - 1 for _, searched in signatures]
    cost_ms = (time.perf_counter() - began) * 1_000 / len(near_counts)
    print(f"{len(signatures)} pictures of seed {SEED}, threshold {NEAR}, {cost_ms:.2f} ms a search")
    near_first = sum(near_counts[:REMOVED])
    print(f"one removed, first {REMOVED}: {near_first} of {REMOVED * others} others near,")
    all_pairs = len(near_counts) * others // 2
    print(f"at most {max(near_counts[:REMOVED])} for one;", end=" ")
    print(f"all pairs: {sum(near_counts) // 2} of {all_pairs}")


if __name__ == "__main__":
    main()
