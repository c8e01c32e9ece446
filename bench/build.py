"""Build the snapshot of a made-up library: python -m bench.build FILE COUNT SEED."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.library import build_index
from smashpass.snapshots.write import write

if __name__ == "__main__":
    path, count, seed = sys.argv[1:]
    write(Path(path), build_index(int(count), int(seed)))
