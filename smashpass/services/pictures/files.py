"""Showing pictures: the file of a picture in one size, made now if it can be."""

from __future__ import annotations

from pathlib import Path

from smashpass.core.errors import Gone, NotFound
from smashpass.core.pictures.picture import Picture, Size
from smashpass.services.pictures.public import PublicPictures
from smashpass.services.ports.library import LibraryStore, MakePicture, PictureFiles


class PictureService:
    """Finds the files that are sent to browsers."""

    def __init__(
        self,
        files: PictureFiles,
        records: LibraryStore,
        make: MakePicture,
        standings: PublicPictures,
    ) -> None:
        self._standings = standings
        self._files = files
        self._records = records
        self._make = make

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
            and isinstance(self._make(picture.origin, sha256, size), Picture)
        ):
            return path
        raise Gone("this picture is no longer in the library")
