"""The file of pictures with their counts of swipes, its split, and the pixels.

``training.jsonl``: a first line that says what it is, then one image a line. ``smashpass scorer
train`` writes it; anybody else may.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from smashpass.core.errors import BadInput
from smashpass.scoring.pixels import UnreadablePicture, rgb_pixels
from smashpass.services.training.training_set import FORMAT

Split = Literal["train", "valid", "test"]
Pixels = NDArray[np.uint8]

_TRAIN, _VALID = 0.7, 0.8
_BATCH = 256


@dataclass(frozen=True, slots=True)
class TrainingImage:
    """One image with how often it was smashed and passed.

    Attributes:
        image: Its public id.
        sha256: Of the original picture, hex.
        picture: The file that is looked at: JPEG, PNG or WebP.
        tags: With all that follows from them.
        smashes: Swipes that say so.
        passes: Likewise.
    """

    image: str
    sha256: str
    picture: Path
    tags: tuple[str, ...]
    smashes: int
    passes: int


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A file of training images.

    Attributes:
        images: In the order of the file.
        about: Its first line.
        sha256: Of the file, hex: what a model was made from.
    """

    images: tuple[TrainingImage, ...]
    about: Mapping[str, Any]
    sha256: str

    def places(self, split: Split) -> NDArray[np.int64]:
        """Return the places of the images of one split, ascending."""
        return np.array(
            [place for place, image in enumerate(self.images) if split_of(image.sha256) == split],
            dtype=np.int64,
        )

    @property
    def smashes(self) -> NDArray[np.int64]:
        """By image, [n]."""
        return np.array([image.smashes for image in self.images], dtype=np.int64)

    @property
    def passes(self) -> NDArray[np.int64]:
        """By image, [n]."""
        return np.array([image.passes for image in self.images], dtype=np.int64)


def read_training_set(path: Path) -> TrainingSet:
    """Read a file of training images.

    Raises:
        BadInput: It cannot be read, is of another format, or a line is not an image.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"cannot read the training images: {error.strerror}",
            where=str(path),
            hint="`smashpass scorer train` writes them",
        ) from error
    about: Mapping[str, Any] = {}
    images: list[TrainingImage] = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            row = json.loads(line)
            if number == 1:
                if row["format"] != FORMAT:
                    raise ValueError(f"the format is {row['format']!r}, not {FORMAT!r}")
                about = row
            else:
                images.append(_image(row, path.parent))
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"not a training image: {type(error).__name__}: {error}",
                where=f"{path}:{number}",
                hint="each line needs image, sha256, picture, tags, smashes and passes",
            ) from error
    return TrainingSet(tuple(images), about, hashlib.sha256(content).hexdigest())


def _image(row: Mapping[str, Any], folder: Path) -> TrainingImage:
    """Return a line of the file as an image; a relative path starts from the file's folder."""
    counts = int(row["smashes"]), int(row["passes"])
    if min(counts) < 0:
        raise ValueError("a count is negative")
    sha256 = str(row["sha256"])
    if len(bytes.fromhex(sha256)) != hashlib.sha256().digest_size:
        raise ValueError(f"{sha256!r} is not a SHA-256")
    picture = folder / str(row["picture"])
    return TrainingImage(str(row["image"]), sha256, picture, tuple(row["tags"]), *counts)


def split_of(sha256: str) -> Split:
    """Return the split of a picture: 70 % train, 10 % valid, 20 % test, by its hash alone.

    So equal pictures are never on two sides, and a picture stays on its side for all models.
    """
    digest = hashlib.sha256(b"smashpass split " + bytes.fromhex(sha256)).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return "train" if share < _TRAIN else "valid" if share < _VALID else "test"


def load_pixels(
    images: Sequence[TrainingImage],
    size: int,
    cache: Path,
    progressed: Callable[[int], None] = lambda _count: None,
) -> Pixels:
    """Return the pixels of all images, [n, size, size, 3], memory-mapped from ``cache``.

    They are decoded once, by a thread a core (Pillow releases the interpreter while it decodes).

    Args:
        images: Whose pictures.
        size: The side in pixels.
        cache: A file that is made, or used if it holds the same pictures in the same size.
        progressed: Is told how many are decoded.

    Raises:
        BadInput: A picture cannot be read.
    """
    names = "\n".join(image.sha256 for image in images)
    key = hashlib.sha256(f"{size}\n{names}".encode()).hexdigest()[:16]
    path = cache.with_name(f"{cache.stem}-{size}-{key}.npy")
    if not path.exists():
        partial = path.with_suffix(".partial")
        shape = (len(images), size, size, 3)
        pixels = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            decoded = pool.map(lambda image: _decoded(image, size), images)
            for place, square in enumerate(decoded):
                pixels[place] = np.frombuffer(square, np.uint8).reshape(size, size, 3)
                if place % _BATCH == 0:
                    progressed(place)
        pixels.flush()
        del pixels
        partial.replace(path)
    loaded: Pixels = np.load(path, mmap_mode="r")
    return loaded


def _decoded(image: TrainingImage, size: int) -> bytes:
    try:
        return rgb_pixels(image.picture.read_bytes(), size)
    except (OSError, UnreadablePicture) as error:
        raise BadInput(
            f"cannot read the picture of {image.image}: {error}", where=str(image.picture)
        ) from error
