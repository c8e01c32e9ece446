"""What a scorer is, and what it gets to see of an image. Never anything of a viewer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from smashpass.core.values import Value

TIMEOUT = "timeout"
UNREACHABLE = "unreachable"
BAD_ANSWER = "bad_answer"
INCOMPATIBLE = "incompatible"
BREAKER_OPEN = "breaker_open"
BUSY = "busy"
FAILED = "failed"
NO_PICTURE = "no_picture"
NO_VALUE = "no_value"
NO_HISTORY = "no_history"
"""Too little is known of the viewer, or their swipes may not be used."""
PENDING = "pending"
OUT_OF_RANGE = "out_of_range"

PictureBytes = Callable[[str], bytes]
"""Reads the largest file of the picture with a sha256, as WebP; b"" if there is none."""


BATCH = 32
"""Images in one call: what servers commonly take at once."""

PREPROCESSING = "webp-large-1"
"""What scorers are sent: the largest WebP file of a picture. Changes when such files do."""


class Item:
    """One image, as a scorer sees it: what ``SHOWN`` lists, and nothing else.

    Attributes:
        image: Its public id.
        sha256: Of its original picture, hex; "" if it has no picture.
        mime: What ``data`` gives.
        reads_tags: Whether somebody looked at the tags.
        lacks_file: Whether ``data`` was asked for and there was no file.
    """

    SHOWN = ("image", "sha256", "mime", "tags", "data")

    __slots__ = ("_data", "_tags", "image", "lacks_file", "mime", "reads_tags", "sha256")

    def __init__(
        self, image: str, sha256: str, mime: str, tags: tuple[str, ...], data: Callable[[], bytes]
    ) -> None:
        """Keep what is shown; ``data`` reads the picture."""
        self.image = image
        self.sha256 = sha256
        self.mime = mime
        self.reads_tags = False
        self.lacks_file = False
        self._tags = tags
        self._data = data

    @property
    def tags(self) -> tuple[str, ...]:
        """Its canonical tags with all that follows from them, sorted.

        Noted: the scores of whoever looks at tags change with them.
        """
        self.reads_tags = True
        return self._tags

    @property
    def tags_digest(self) -> int:
        """A number that changes with the tags, in this process."""
        return hash(self._tags)

    def data(self) -> bytes:
        """Return the picture; b"" where there is none. Takes a look at the disk."""
        content = self._data()
        self.lacks_file = not content
        return content


ScorerAnswer = Mapping[str, Value | Sequence[float] | None]
"""What a scorer says of one image: values by full attribute name (``plugin.aesthetic``) and, if it
has one, the ``embedding`` of the picture: 2 to 1,024 numbers, always as many."""


class Scorer(Protocol):
    """Gives numbers for images. ``score`` may be called by several threads at once."""

    @property
    def name(self) -> str:
        """What decisions call it."""

    @property
    def version(self) -> str:
        """Changes whenever the numbers may; may do so at any time.

        Read after each call, on the thread of the call.
        """

    @property
    def attributes(self) -> Collection[str] | None:
        """The ``plugin.*`` attributes it fills; None for all that no other scorer fills."""

    def score(self, batch: Sequence[Item], deadline_s: float) -> Sequence[ScorerAnswer | None]:
        """Return what it says of each image, in order; None for those it says nothing of.

        A scorer may also have a ``model``, whose name is kept and shown with its scores; ``needs``,
        which of ``NEEDS`` it looks at; and ``health(deadline_s)``, which returns a ScorerHealth.

        Args:
            batch: The images.
            deadline_s: Seconds left. Nobody waits longer; what comes later is lost.

        Raises:
            ScorerFailed: It cannot say anything, or not of all. Anything else that it raises
                is taken as a mistake in it and costs no more than that.
        """


class ScorerFailed(Exception):
    """A scorer cannot answer."""

    def __init__(
        self, reason: str, detail: str = "", so_far: Sequence[ScorerAnswer | None] = ()
    ) -> None:
        """Keep why not.

        Args:
            reason: One word that decisions show as ``fallback``.
            detail: What happened, for the log.
            so_far: What can be said of the first images of the batch.
        """
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.so_far = tuple(so_far)


NEEDS = ("picture", "tags")
"""What a scorer may say it looks at."""


@dataclass(frozen=True, slots=True)
class ScorerHealth:
    """How a scorer fares at the moment, for a person to read.

    Attributes:
        reachable: Whether it answered.
        problem: Why it cannot be used, or what the operator should look at; "" if nothing.
        server: What its server calls itself; "" if it has none, or it does not say.
        server_version: Of the server program.
        versions: The versions of the model that can be asked.
        fills: The attributes that it fills for certain; empty if it does not say.
        binary: Whether pictures travel as they are, not as text.
    """

    reachable: bool
    problem: str = ""
    server: str = ""
    server_version: str = ""
    versions: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    binary: bool = False


@dataclass(frozen=True, slots=True)
class InstalledPlugin:
    """A plugin, and the package that it comes in.

    Attributes:
        name: That of its entry point.
        package: The distribution package; "" for what is built in.
        version: Of the package.
    """

    name: str
    package: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class ProvidedScorer:
    """A scorer, and the plugin that provides it."""

    scorer: Scorer
    plugin: InstalledPlugin
