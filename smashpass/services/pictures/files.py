"""Showing pictures: the file of a picture in one size, made now if it can be."""

from __future__ import annotations

from smashpass.core.errors import Gone, NotFound
from smashpass.core.pictures.picture import Picture, PictureRefusal, Size, stored_size
from smashpass.core.pictures.source_types import stronger
from smashpass.services.pictures.public import PublicPictures
from smashpass.services.ports.library import LibraryStore, MakePicture, PictureFiles
from smashpass.services.ports.places import Place


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

    def file(self, sha256: str, size: Size) -> Place:
        """Return where the file of a picture can be had.

        Costs the standing of the picture and one look at where its files are; a linked picture that
        is asked for in this size for the first time costs as much as its import did. Where a
        smaller size has the same pixels, its file is returned, after a look into the database.

        Raises:
            NotFound: The library never had the picture, or it may not be shown.
            Gone: It had, and has it no more.
            MediaUnavailable: The files cannot be reached.
        """
        standing = self._standings.standing(sha256)
        try:
            place = self._files.placed(sha256, size) if standing == "public" else None
        except ValueError as error:
            raise NotFound("there is no such picture") from error
        if place is not None:
            return place
        picture = None if standing == "held" else self._records.picture(sha256)
        if picture is None:
            raise NotFound("there is no such picture")
        if standing == "public":
            kept = stored_size(picture.width, picture.height, size)
            if kept != size and (shared := self._files.placed(sha256, kept)) is not None:
                return shared
            if (
                picture.origin
                and isinstance(self._remade(picture, kept), Picture)
                and (made_now := self._files.placed(sha256, kept)) is not None
            ):
                return made_now
        raise Gone("this picture is no longer in the library")

    def _remade(self, picture: Picture, size: Size) -> Picture | PictureRefusal:
        source_type = source_type_of(self._records, picture.sha256)
        return self._make(picture.origin, picture.sha256, size, source_type)


def source_type_of(records: LibraryStore, sha256: str) -> str:
    """Return the digital source type that the files of a picture state."""
    strongest = ""
    for credit, _ in records.card_details(records.with_picture(sha256)).values():
        strongest = stronger(strongest, credit.digital_source_type)
    return strongest
