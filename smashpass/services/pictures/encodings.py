"""Which format and effort suit the pictures of a library, by bytes and times measured on them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WEBP_EFFORTS = (0, 2, 4, 6)
AVIF_SPEEDS = (6, 8, 10)
_AVIF_QUALITIES = (20, 98)
_FEW = 8
"""Pictures on which the qualities of AVIF are searched for."""

MOST_BYTES = 1.05
"""An effort suits if its files are at most this much larger than those of the best one."""

AVIF_BYTES, AVIF_TIMES, AVIF_DB = 0.8, 2.0, 0.1
"""AVIF pays with at most this share of the bytes, these times the times, so many dB less."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a picture is encoded: ``effort`` is the method of WebP, or the speed of AVIF."""

    format: str
    effort: int
    quality: int

    @property
    def name(self) -> str:
        """How people call it."""
        word = "effort" if self.format == "webp" else "speed"
        return f"{self.format.replace('webp', 'WebP').replace('avif', 'AVIF')} {word} {self.effort}"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of encoding a picture, or the means over many: seconds are of the processor.

    ``psnr`` is in dB, at most 99; what is transparent lies before grey.
    """

    size: float
    encode_s: float
    decode_s: float
    psnr: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The means of each encoding, and what follows from them.

    Attributes:
        pictures: How many were encoded.
        refused: How many could not be.
        trials: Encoding → means over the same pictures.
        effort: The least effort of WebP whose files are hardly larger than the smallest.
        avif: The fastest AVIF that pays at the quality of WebP, if one does.
    """

    pictures: int
    refused: int
    trials: dict[Encoding, Trial]
    effort: int
    avif: Encoding | None


TryAll = Callable[[Sequence[str], Sequence[Encoding]], Sequence[Sequence[Trial] | None]]
"""Encodes each of some files in each way; None for a file that cannot be decoded."""


def compare_encodings(paths: Sequence[str], try_all: TryAll, quality: int) -> Comparison | None:
    """Encode pictures with WebP at ``quality``, and with AVIF at the quality that looks like it.

    For each speed of AVIF it is the lowest quality whose mean PSNR on the first pictures reaches
    that of WebP with effort 4. Returns None if no picture can be decoded.

    Cost: some 1 to 3 s of the processor for a picture of 1,024 pixels a side, a tenth of it for
    one of 256.
    """
    reference = Encoding("webp", 4, quality)
    avif = _alike(paths[:_FEW], try_all, reference)
    encodings = [*(Encoding("webp", effort, quality) for effort in WEBP_EFFORTS), *avif]
    results = try_all(paths, encodings)
    decoded = [trials for trials in results if trials is not None]
    if not decoded:
        return None
    means = {
        encoding: _mean([trials[place] for trials in decoded])
        for place, encoding in enumerate(encodings)
    }
    effort = best_effort(means)
    return Comparison(
        pictures=len(decoded),
        refused=len(results) - len(decoded),
        trials=means,
        effort=effort,
        avif=avif_that_pays(means, effort),
    )


def best_effort(trials: dict[Encoding, Trial]) -> int:
    """Return the least effort of WebP whose files are at most 5 % larger than the smallest."""
    sizes = {
        encoding.effort: trial.size
        for encoding, trial in trials.items()
        if encoding.format == "webp"
    }
    limit = MOST_BYTES * min(sizes.values())
    return min(effort for effort, size in sizes.items() if size <= limit)


def avif_that_pays(trials: dict[Encoding, Trial], effort: int) -> Encoding | None:
    """Return the fastest AVIF that pays: with 80 % of the bytes and twice the times at most.

    None if none does, or none reaches the PSNR of WebP.
    """
    webp = next(
        trial
        for encoding, trial in trials.items()
        if (encoding.format, encoding.effort) == ("webp", effort)
    )
    paying = [
        encoding
        for encoding, trial in trials.items()
        if encoding.format == "avif"
        and trial.psnr >= webp.psnr - AVIF_DB
        and trial.size <= AVIF_BYTES * webp.size
        and trial.encode_s <= AVIF_TIMES * webp.encode_s
        and trial.decode_s <= AVIF_TIMES * webp.decode_s
    ]
    return max(paying, key=lambda encoding: encoding.effort, default=None)


def _alike(paths: Sequence[str], try_all: TryAll, reference: Encoding) -> list[Encoding]:
    """Return AVIF at each speed with the lowest quality that reaches ``reference``, by halving."""
    lowest = dict.fromkeys(AVIF_SPEEDS, _AVIF_QUALITIES[0])
    highest = dict.fromkeys(AVIF_SPEEDS, _AVIF_QUALITIES[1])
    while any(lowest[speed] < highest[speed] for speed in AVIF_SPEEDS):
        middle = {speed: (lowest[speed] + highest[speed]) // 2 for speed in AVIF_SPEEDS}
        tried = [Encoding("avif", speed, middle[speed]) for speed in AVIF_SPEEDS]
        results = [trials for trials in try_all(paths, [reference, *tried]) if trials is not None]
        if not results:
            break
        wanted = _mean([trials[0] for trials in results]).psnr
        for place, speed in enumerate(AVIF_SPEEDS, 1):
            if _mean([trials[place] for trials in results]).psnr >= wanted:
                highest[speed] = middle[speed]
            else:
                lowest[speed] = min(middle[speed] + 1, highest[speed])
    return [Encoding("avif", speed, highest[speed]) for speed in AVIF_SPEEDS]


def _mean(trials: Sequence[Trial]) -> Trial:
    """Return the means."""
    return Trial(
        size=statistics.fmean(trial.size for trial in trials),
        encode_s=statistics.fmean(trial.encode_s for trial in trials),
        decode_s=statistics.fmean(trial.decode_s for trial in trials),
        psnr=statistics.fmean(trial.psnr for trial in trials),
    )
