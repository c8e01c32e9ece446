"""Encodings are tried in child processes, as the pictures may be anybody's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from smashpass.core.errors import NotPossible
from smashpass.services.pictures.encodings import Encoding, Trial


class EncodingTrials:
    """Tries encodings in ``workers`` processes at a time, each of which ends with its pictures."""

    def __init__(self, workers: int, progressed: Callable[[], None]) -> None:
        """Call ``progressed`` after each picture, in any thread."""
        self._workers = workers
        self._progressed = progressed

    def try_all(
        self, paths: Sequence[str], encodings: Sequence[Encoding]
    ) -> list[list[Trial] | None]:
        """Encode each file in each way; None for one that cannot be decoded.

        Raises:
            NotPossible: No process can be started.
        """
        shares = [paths[number :: self._workers] for number in range(self._workers)]
        results: list[list[Trial] | None] = [None] * len(paths)
        with ThreadPoolExecutor(self._workers) as threads:
            for number, share in enumerate(
                threads.map(lambda share: self._share(share, encodings), shares)
            ):
                results[number :: self._workers] = share
        return results

    def _share(
        self, paths: Sequence[str], encodings: Sequence[Encoding]
    ) -> list[list[Trial] | None]:
        """Try some files one after the other; one that ends its process is None."""
        ways = [(encoding.format, encoding.effort, encoding.quality) for encoding in encodings]
        results: list[list[Trial] | None] = []
        while len(results) < len(paths):
            with _process() as process:
                assert process.stdin is not None
                assert process.stdout is not None
                try:
                    for path in paths[len(results) :]:
                        request = json.dumps({"path": path, "encodings": ways})
                        with suppress(BrokenPipeError):
                            process.stdin.write(request.encode() + b"\n")
                            process.stdin.flush()
                        line = process.stdout.readline()
                        results.append(_read(line, len(ways)))
                        self._progressed()
                        if not line:
                            break
                finally:
                    process.kill()
        return results


def _process() -> subprocess.Popen[bytes]:
    """Start one child process."""
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "smashpass.media.trials.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise NotPossible(f"the decoder cannot be started: {error.strerror}") from error


def _read(line: bytes, count: int) -> list[Trial] | None:
    """Parse an answer; it comes from who decodes hostile files, so it is validated."""
    try:
        answer = json.loads(line)
        trials = [Trial(*(float(number) for number in figures)) for figures in answer]
    except (ValueError, TypeError):
        return None
    return trials if len(trials) == count else None
