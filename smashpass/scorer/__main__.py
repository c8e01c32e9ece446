"""``python -m smashpass.scorer``, which ``smashpass scorer`` starts."""

from __future__ import annotations

import sys

from smashpass.scorer.commands import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
