"""What queries need of whoever knows what words mean: other forms, other languages, slips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Finder(Protocol):
    """Finds tags by meaning where no spelling fits."""

    def meant(self, text: str) -> Sequence[str]:
        """Return names of tags that a few words may mean, best first; none if it cannot tell.

        It may know an older vocabulary: whoever asks looks up the names once more.
        """
