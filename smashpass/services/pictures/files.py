"""Showing pictures: the file of a picture in one size, made now if it can be."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from smashpass.core.errors import Gone, NotFound
from smashpass.core.pictures.picture import Picture, PictureRefusal, Size
from smashpass.services.pictures.public import Standing


class PictureFiles(Protocol):
    """The files of pictures."""

    def path(self, sha256: str, size: Size) -> Path:
        """Return where a file lies or would lie; ValueError if ``sha256`` is not a digest."""


class PictureRecords(Protocol):
    """What is known of pictures."""

    def picture(self, sha256: str) -> Picture | None:
        """Return what is known of one picture, None if nothing is."""


class Standings(Protocol):
    """Which pictures may be sent."""

    def standing(self, sha256: str) -> Standing:
        """Return the standing of a picture, by its 64 hex digits."""


class PictureMaker(Protocol):
    """Makes a size of a picture from its original."""

    def make(self, path: str, sha256: str, size: Size) -> Picture | PictureRefusal:
        """Write the file, if the original at ``path`` is still the one of ``sha256``."""


class PictureService:
    """Finds the files that are sent to browsers."""

    def __init__(
        self,
        files: PictureFiles,
        records: PictureRecords,
        maker: PictureMaker,
        standings: Standings,
    ) -> None:
        self._standings = standings
        self._files = files
        self._records = records
        self._maker = maker

    def file(self, sha256: str, size: Size) -> Path:
        """Return the file of a picture.

        Costs the standing of the picture and one look at the disk; a linked picture that is asked
        for in this size for the first time costs as much as its import did.

        Raises:
            NotFound: The library never had the picture, or it may not be shown.
            Gone: It had, and has it no more.
        """
        try:
            path = self._files.path(sha256, size)
        except ValueError as error:
            raise NotFound("there is no such picture") from error
        standing = self._standings.standing(sha256)
        if standing == "public" and path.is_file():
            return path
        picture = None if standing == "held" else self._records.picture(sha256)
        if picture is None:
            raise NotFound("there is no such picture")
        if (
            standing == "public"
            and picture.origin
            and isinstance(self._maker.make(picture.origin, sha256, size), Picture)
        ):
            return path
        raise Gone("this picture is no longer in the library")
