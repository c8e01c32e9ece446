"""The folder ``collab`` in the home: the report of the last training, and the factors in use.

The factors are one file: a line of JSON that says what follows, then arrays of numbers, all little
endian. It holds vectors of images and nothing of viewers. ``collab.json`` names it and is replaced
last, so a reader finds the model before or the one after, never half of one.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from smashpass.core.errors import NotPossible
from smashpass.services.training.collab.factors import ImageFactors, LogisticWeights
from smashpass.services.training.collab.report import FORMAT, CollabReport, read_report
from smashpass.services.training.collab.service import SwipeTable, TagsOf, Trained

if TYPE_CHECKING:
    import numpy as np

REPORT = "collab.json"
PACKAGES = ("numpy", "scipy", "implicit")
_AGAIN = "make it anew with `smashpass collab train`"
_INSTALL = "install them with: pip install 'smashpass[collab]'"


def train_model(table: SwipeTable, tags_of: TagsOf) -> Trained:
    """Train on swipes; see ``training.train``.

    Raises:
        NotPossible: A package is not installed.
    """
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise NotPossible(
            f"collaborative filtering needs {', '.join(missing)}, not installed here", hint=_INSTALL
        )
    from smashpass.scoring.collab.training import train

    return train(table, tags_of)


class CollabFolder:
    """The files of one installation."""

    def __init__(self, folder: Path) -> None:
        """Set the folder; it is made with the first report."""
        self.folder = folder

    def stamp(self) -> tuple[int, int] | None:
        """Return what differs for every report; None without one. Cost: a look at the folder."""
        try:
            status = (self.folder / REPORT).lstat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def report(self) -> CollabReport | None:
        """Return the report of the last training; None if there was none.

        Raises:
            NotPossible: It cannot be read.
        """
        path = self.folder / REPORT
        try:
            return read_report(json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotPossible(
                f"the report cannot be read: {error.strerror}", where=str(path)
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise NotPossible(
                f"not the report of a training: {error}", where=str(path), hint=_AGAIN
            ) from error

    def save(self, report: CollabReport, factors: ImageFactors | None) -> None:
        """Keep a report, and the factors that it puts in use; those of before are removed.

        Raises:
            NotPossible: The file system refused.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if factors is not None:
                _replace(self._file(factors.version), _packed(factors))
            text = json.dumps(report.as_json(), ensure_ascii=False, indent=2)
            _replace(self.folder / REPORT, text.encode() + b"\n")
            for path in self.folder.glob("*.factors"):
                if path.stem != report.version:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise NotPossible(
                f"the model cannot be written: {error.strerror}",
                where=str(self.folder),
                hint="check the free space and the permissions of the folder",
            ) from error

    def load(self) -> ImageFactors | None:
        """Return the factors in use; None without some. The arrays stay in the file.

        Raises:
            NotPossible: They cannot be read, or numpy is not installed.
        """
        report = self.report()
        if report is None or not report.version:
            return None
        path = self._file(report.version)
        if find_spec("numpy") is None:
            raise NotPossible("collaborative filtering needs numpy", hint=_INSTALL)
        try:
            return _read(path)
        except OSError as error:
            raise NotPossible(
                f"the model cannot be read: {error.strerror}", where=str(path), hint=_AGAIN
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise NotPossible(
                f"the model is damaged: {error}", where=str(path), hint=_AGAIN
            ) from error

    def _file(self, version: str) -> Path:
        if len(version) != 12 or not set(version) <= set("0123456789abcdef"):
            raise NotPossible(
                f"{version!r} does not name a model", where=str(self.folder), hint=_AGAIN
            )
        return self.folder / f"{version}.factors"


def _packed(factors: ImageFactors) -> bytes:
    """Return the content of a file: the line, filled up to 64 bytes, then the arrays."""
    body = b"".join(
        array.astype(form).tobytes()
        for array, form in (
            (factors.gram, "<f8"),
            (factors.ordinals, "<u4"),
            (factors.popularity, "<f4"),
            (factors.vectors, "<f4"),
        )
    )
    images, width = factors.vectors.shape
    header = {
        "format": FORMAT,
        "version": factors.version,
        "images": images,
        "width": width,
        "calibration": asdict(factors.calibration),
        "sha256": sha256(body).hexdigest(),
    }
    line = json.dumps(header).encode()
    return line + b" " * (-(len(line) + 1) % 64) + b"\n" + body


def _read(path: Path) -> ImageFactors:
    import numpy as np

    content: np.memmap[tuple[int], np.dtype[np.uint8]] = np.memmap(path, np.uint8, "r")
    with path.open("rb") as file:
        line = file.readline(4_096)
    header = json.loads(line)
    if header["format"] != FORMAT:
        raise ValueError(f"the format is {header['format']!r}, not {FORMAT!r}")
    body = content[len(line) :]
    if sha256(body.data).hexdigest() != header["sha256"]:
        raise ValueError("its checksum is wrong")
    images, width = int(header["images"]), int(header["width"])
    sizes = (8 * width * width, 4 * images, 4 * images, 4 * images * width)
    if len(body) != sum(sizes):
        raise ValueError("it is not as long as it says")
    gram, ordinals, popularity, vectors = np.split(body, np.cumsum(sizes)[:-1])
    return ImageFactors(
        header["version"],
        ordinals.view("<u4"),
        popularity.view("<f4"),
        vectors.view("<f4").reshape(images, width),
        gram.view("<f8").reshape(width, width),
        LogisticWeights(**header["calibration"]),
    )


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside and put it in place, so that it is there whole or not at all."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
