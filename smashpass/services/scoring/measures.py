"""What is measured of asking scorers; whoever serves ``/metrics`` listens."""

from __future__ import annotations


class ScoringMeasures:
    """Takes measurements, from many threads at once. This one forgets them."""

    def call(self, scorer: str, outcome: str, seconds: float, images: int) -> None:
        """Note a call: ``ok`` or why it failed, how long it took, how many images it was about."""

    def score_used(self, source: str) -> None:
        """Note a decision that rests on a score from the ``store``, or one asked for ``live``."""

    def fallback(self, reason: str) -> None:
        """Note a decision that had to do without a score that its tree asks for."""

    def unsaved(self, pictures: int) -> None:
        """Note pictures whose scores could not be stored."""

    def breaker(self, scorer: str, *, is_open: bool) -> None:
        """Note whether a scorer is left alone for the time being."""
