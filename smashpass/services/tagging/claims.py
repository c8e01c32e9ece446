"""Claims: of two editors who work on one queue, each gets images of their own."""

from __future__ import annotations

from collections.abc import Sequence

from smashpass.clock import Clock
from smashpass.core.imageset import Ordinal
from smashpass.services.ports.people import AccountStore

CLAIM_US = 10 * 60 * 1_000_000
"""How long an image stays with an editor who does not go on: ten minutes, in microseconds."""
AT_ONCE = 2
"""Images claimed at once: the one on the page, and the next, which the page loads ahead."""


class ClaimService:
    """Who is at which image of a queue; a claim hinders nobody from editing an image on purpose."""

    def __init__(self, accounts: AccountStore, clock: Clock) -> None:
        """Keep the store; ``clock`` gives microseconds since 1970."""
        self._accounts, self._clock = accounts, clock

    def others(self, number: int) -> dict[Ordinal, str]:
        """Return the images that others have: who is at them, or "" if they were just saved."""
        return dict(self._accounts.claims_of_others(number, self._clock()))

    def claim(
        self, number: int, candidates: Sequence[Ordinal], *, held: Sequence[Ordinal] = ()
    ) -> Sequence[Ordinal]:
        """Claim the first images that nobody else is at, and free all others of the account.

        Args:
            number: The account.
            candidates: Images in the order of the queue; those of others are passed over.
            held: Images that the account is at already and keeps.

        Returns:
            Up to ``AT_ONCE`` of the candidates.
        """
        now = self._clock()
        wanted = [*dict.fromkeys([*held, *candidates])]
        most = len(held) + AT_ONCE
        claimed = self._accounts.claim(number, wanted, most, now=now, until=now + CLAIM_US)
        return [image for image in claimed if image in candidates and image not in held][:AT_ONCE]

    def renew(self, number: int, images: Sequence[Ordinal]) -> Sequence[Ordinal]:
        """Begin the time of claimed images anew, for a page that is still open.

        Returns:
            Those that the account holds now: without images that others took after a claim ended.
        """
        now = self._clock()
        return self._accounts.claim(number, images, len(images), now=now, until=now + CLAIM_US)

    def saved(self, number: int, image: Ordinal) -> None:
        """Keep a saved image from those who follow in the same queue, so none is done twice."""
        self._accounts.keep_saved(number, image, self._clock() + CLAIM_US)

    def free(self, number: int, images: Sequence[Ordinal]) -> None:
        """Free images: they were skipped, or the page was left."""
        self._accounts.free(number, images)
