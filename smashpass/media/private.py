"""Pictures that only one person may see: made from the original for one response, never stored."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from smashpass.core.pictures.picture import Picture
from smashpass.media.collection import CollectionPictures
from smashpass.media.folder import MediaFolder
from smashpass.media.pool import DecoderPool


def private_picture(folder: str, name: str, at: Path) -> bytes:
    """Return the picture ``name`` of a collection in its large size, b"" if there is none.

    It is decoded as an import would, by a child process of its own: some 300 ms.

    Args:
        folder: Where the collection lies.
        name: The file, relative to it; one that leads outside counts as missing.
        at: A folder that may be written; what is made there is removed before this returns.

    Raises:
        NotPossible: Nothing can be decoded, or nothing written.
    """
    with TemporaryDirectory(dir=at, prefix="private-") as root:
        files = MediaFolder(Path(root))
        with DecoderPool(files.root, 1) as pool:
            (picture,) = CollectionPictures(pool, "copy").examine(folder, [name])
        if not isinstance(picture, Picture):
            return b""
        return files.largest_file(picture.sha256)
