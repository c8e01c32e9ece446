"""What gave a score: scores of different model versions are never mixed up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ModelVersion:
    """Everything that a score of a picture depends on, apart from the picture.

    Attributes:
        scorer: Name of the scorer, such as ``oip``.
        model: Name of its model; "" if it names none.
        version: Changes whenever the scores may; "" if the scorer does not say.
        preprocessing: What was made of the original picture before the scorer got it.
    """

    scorer: str
    model: str
    version: str
    preprocessing: str
