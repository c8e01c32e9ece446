"""Finds the descriptions inside PNG, JPEG and WebP files, without decoding any pixel.

Pure Python on bytes: whatever a hostile file claims, it can only be left without a description.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_BLOCK = 1 << 20
"""Bytes of one description, unpacked."""

_XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_IPTC_IN_JPEG = b"Photoshop 3.0\0"
_KEYWORDS = 25
_XP_KEYWORDS = 0x9C9E
_MOST = 1_000


@dataclass(slots=True)
class Blocks:
    """What was found.

    Attributes:
        xmp: The packet, "" if there is none.
        texts: The texts of a PNG, by keyword.
        iptc_keywords: IPTC 2:25, one text each.
        exif_keywords: XPKeywords, which Windows writes with semicolons.
        has_c2pa: Whether there is a C2PA manifest; it is not verified.
    """

    xmp: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    iptc_keywords: list[str] = field(default_factory=list)
    exif_keywords: list[str] = field(default_factory=list)
    has_c2pa: bool = False


def blocks_of(content: bytes) -> Blocks:
    """Return the descriptions in a file; none for formats that are not known."""
    blocks = Blocks()
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        _read_png(content, blocks)
    elif content.startswith(b"\xff\xd8"):
        _read_jpeg(content, blocks)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        _read_webp(content, blocks)
    return blocks


def _read_png(content: bytes, blocks: Blocks) -> None:
    """Read the text chunks of a PNG."""
    at = 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        at += 12 + length
        if kind == b"caBX":
            blocks.has_c2pa = True
        elif kind == b"eXIf":
            blocks.exif_keywords += _exif_keywords(body)
        elif kind in (b"tEXt", b"zTXt", b"iTXt") and len(blocks.texts) < _MOST:
            name, text = _png_text(kind, body)
            if name == "XML:com.adobe.xmp":
                blocks.xmp = blocks.xmp or text
            elif name:
                blocks.texts.setdefault(name, text)


def _png_text(kind: bytes, body: bytes) -> tuple[str, str]:
    """Return keyword and text of a chunk; packed ones are unpacked up to a limit."""
    keyword, _, rest = body.partition(b"\0")
    name = keyword.decode("latin-1")[:79]
    if kind == b"tEXt":
        return name, rest[:MAX_BLOCK].decode("latin-1")
    if kind == b"zTXt":
        return name, _inflated(rest[1:]).decode("latin-1")
    packed, rest = rest[:1] == b"\1", rest[2:]
    _, _, rest = rest.partition(b"\0")  # language
    _, _, text = rest.partition(b"\0")  # keyword in that language
    return name, (_inflated(text) if packed else text[:MAX_BLOCK]).decode(errors="replace")


def _inflated(packed: bytes) -> bytes:
    """Return what is packed, b"" if it is damaged; never more than the limit."""
    try:
        return zlib.decompressobj().decompress(packed, MAX_BLOCK)
    except zlib.error:
        return b""


def _read_jpeg(content: bytes, blocks: Blocks) -> None:
    """Read the application segments of a JPEG."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in (0xDA, 0xD9):  # from here on there are pixels
            return
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        body = content[at + 4 : at + 2 + length]
        at += 2 + max(2, length)
        if marker == 0xE1 and body.startswith(_XMP_IN_JPEG):
            text = body[len(_XMP_IN_JPEG) :].decode(errors="replace")
            blocks.xmp = blocks.xmp or text
        elif marker == 0xE1 and body.startswith(b"Exif\0\0"):
            blocks.exif_keywords += _exif_keywords(body[6:])
        elif marker == 0xED and body.startswith(_IPTC_IN_JPEG):
            blocks.iptc_keywords += _iptc_keywords(body[len(_IPTC_IN_JPEG) :])
        elif marker == 0xEB and b"jumb" in body[:64]:
            blocks.has_c2pa = True


def _read_webp(content: bytes, blocks: Blocks) -> None:
    """Read the XMP and EXIF chunks of a WebP."""
    at = 12
    while at + 8 <= len(content):
        kind = content[at : at + 4]
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        body = content[at + 8 : at + 8 + min(length, MAX_BLOCK)]
        at += 8 + length + length % 2
        if kind == b"XMP ":
            blocks.xmp = blocks.xmp or body.decode(errors="replace")
        elif kind == b"EXIF":
            blocks.exif_keywords += _exif_keywords(body.removeprefix(b"Exif\0\0"))
        elif kind == b"C2PA":
            blocks.has_c2pa = True


def _iptc_keywords(resources: bytes) -> list[str]:
    """Return the keywords among Photoshop's image resources."""
    at = 0
    while at + 12 <= len(resources) and resources[at : at + 4] == b"8BIM":
        number = int.from_bytes(resources[at + 4 : at + 6], "big")
        name = resources[at + 6] + 1
        at += 6 + name + name % 2
        length = int.from_bytes(resources[at : at + 4], "big")
        body = resources[at + 4 : at + 4 + length]
        at += 4 + length + length % 2
        if number == 0x0404:
            return list(_datasets(body))
    return []


def _datasets(body: bytes) -> Iterator[str]:
    """Yield the keywords of an IPTC block; UTF-8 if they can be, else Latin-1."""
    at = 0
    while at + 5 <= len(body) and body[at] == 0x1C:
        record, number = body[at + 1], body[at + 2]
        length = int.from_bytes(body[at + 3 : at + 5], "big")
        if length & 0x8000:
            return
        text = body[at + 5 : at + 5 + length]
        at += 5 + length
        if (record, number) == (2, _KEYWORDS):
            try:
                yield text.decode()
            except UnicodeDecodeError:
                yield text.decode("latin-1")


def _exif_keywords(tiff: bytes) -> list[str]:
    """Return XPKeywords of the first directory: UTF-16, semicolons between."""
    order = {b"II": "little", b"MM": "big"}.get(tiff[:2])
    if order is None:
        return []

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if order == "little" else "big")

    start = number(4, 4)
    for place in range(min(number(start, 2), _MOST)):
        at = start + 2 + 12 * place
        if at + 12 > len(tiff):
            break
        if number(at, 2) == _XP_KEYWORDS:
            length = number(at + 4, 4)
            begin = number(at + 8, 4) if length > 4 else at + 8
            text = tiff[begin : begin + min(length, MAX_BLOCK)].decode("utf-16-le", "replace")
            parts = text.rstrip("\0").split(";")
            return [part.strip() for part in parts if part.strip()]
    return []
