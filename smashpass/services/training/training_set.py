"""The file that a model of one's own is trained on: pictures with their counts of swipes.

It says nothing of viewers: each line is an image with how often it was smashed and passed, by
adults who let their swipes be used for suggestions.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from smashpass.clock import Clock
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.timestamps import moment_text
from smashpass.services.ports.library import LibraryStore
from smashpass.services.ports.people import SwipeStore

TRAINING_FILE = "training.jsonl"
"""Its name in a model folder."""
FORMAT = "smashpass-training/1"
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class TrainingSetReport:
    """What a file of training images holds, and what was left out.

    Attributes:
        images: Images with swipes and a picture.
        swipes: Swipes of these.
        smashes: Smashes among them.
        left_out: Reason → images with swipes that are not in the file.
    """

    images: int
    swipes: int
    smashes: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class TrainingService:
    """Writes what models learn from.

    Attributes:
        swipes: The swipes of all viewers.
        store: The library.
        latest: Returns the index as it is now.
        name_image: Gives the public id of an image.
        picture_file: Gives the file to look at, by the SHA-256 of a picture.
        clock: Tells the time in microseconds since 1970.
    """

    swipes: SwipeStore
    store: LibraryStore
    latest: Callable[[], Index]
    name_image: Callable[[Ordinal], str]
    picture_file: Callable[[str], Path]
    clock: Clock

    def write(self, path: Path) -> TrainingSetReport:
        """Write the training images as JSON Lines: what the file is, then one image a line.

        Left out are images that may not be served, have no picture file, or show a real person:
        no model of this project learns how real people are liked. Cost: a scan of all swipes.

        Args:
            path: The file; replaced when it is complete.

        Returns:
            What is in it.
        """
        index = self.latest()
        counts = self._counts(index)
        swiped = ImageSet(counts)
        left_out: Counter[str] = Counter()
        if hidden := len(swiped - index.live):
            left_out["not served"] = hidden
        images = swipes = smashes = 0
        partial = path.with_suffix(".partial")
        with partial.open("w", encoding="utf-8") as file:
            about = {
                "format": FORMAT,
                "library_version": index.version,
                "at": moment_text(self.clock()),
            }
            file.write(json.dumps(about) + "\n")
            for ordinal, line in self._lines(index, swiped & index.live, left_out):
                smashed, passed = counts[ordinal]
                file.write(json.dumps(line | {"smashes": smashed, "passes": passed}) + "\n")
                images += 1
                swipes += smashed + passed
                smashes += smashed
        partial.replace(path)
        return TrainingSetReport(images, swipes, smashes, dict(left_out))

    def _counts(self, index: Index) -> dict[Ordinal, array[int]]:
        """Return smashes and passes by image, of those that the library knows."""
        counts: dict[Ordinal, array[int]] = {}
        known = index.live | index.parts.hidden
        for swipe in self.swipes.for_training():
            if swipe.image in known:
                of_image = counts.setdefault(swipe.image, array("I", (0, 0)))
                of_image[swipe.verdict == "pass"] += 1
        return counts

    def _lines(
        self, index: Index, images: ImageSet, left_out: Counter[str]
    ) -> Iterator[tuple[Ordinal, dict[str, object]]]:
        """Yield the images that models may learn from, with what is said of each."""
        ordinals, names = iter(images), index.vocabulary.names
        while batch := list(islice(ordinals, AT_ONCE)):
            for record in self.store.images(batch):
                if record.credit.real_person:
                    left_out["shows a real person"] += 1
                    continue
                picture = self.picture_file(record.sha256) if record.sha256 else None
                if picture is None or not picture.is_file():
                    left_out["has no picture file"] += 1
                    continue
                tags = index.facts(record.ordinal).tags
                yield (
                    record.ordinal,
                    {
                        "image": self.name_image(record.ordinal),
                        "sha256": record.sha256,
                        "picture": str(picture),
                        "tags": sorted(names[tag] for tag in tags),
                    },
                )
