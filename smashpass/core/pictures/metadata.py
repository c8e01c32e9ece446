"""Finds the descriptions inside PNG, JPEG and WebP files, without decoding any pixel.

Pure Python on bytes: a hostile file can at worst end up without a description.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_BLOCK = 1 << 20
"""Bytes of one description, unpacked."""

_XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_IPTC_IN_JPEG = b"Photoshop 3.0\0"
MAX_TEXTS = 4 << 20
"""Bytes of all texts of a PNG together, unpacked; further ones are not read."""

_PARTS = 20_000
"""Chunks or segments that are looked at; a PNG of 20 MB has some 2,500."""

_KEYWORDS = 25
_CREATOR = 80
_CREDIT = 110
_XP_KEYWORDS = 0x9C9E
_EXIF_DIRECTORY = 0x8769
_USER_COMMENT = 0x9286
_EXIF_TEXTS = {
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
    _USER_COMMENT: "UserComment",
}
_MOST = 1_000
_MOST_RESOURCES = 8


@dataclass(slots=True)
class Blocks:
    """The descriptions of a picture.

    Attributes:
        xmp: The packet, "" if there is none.
        texts: The texts of a PNG, by keyword.
        iptc_keywords: IPTC 2:25, one text each.
        iptc_creators: IPTC 2:80 (by-line), one text each.
        iptc_credit: IPTC 2:110, "" if there is none.
        exif_keywords: XPKeywords, which Windows writes with semicolons.
        exif_texts: ``Make``, ``Model``, ``Software``, ``Artist`` and ``UserComment``, if there.
        has_c2pa: Whether there is a C2PA manifest; it is not verified.
    """

    xmp: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    iptc_keywords: list[str] = field(default_factory=list)
    iptc_creators: list[str] = field(default_factory=list)
    iptc_credit: str = ""
    exif_keywords: list[str] = field(default_factory=list)
    exif_texts: dict[str, str] = field(default_factory=dict)
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


def blocks_of_parts(xmp: bytes, exif: bytes) -> Blocks:
    """Return the descriptions of a format that is not known here, from its XMP and EXIF."""
    blocks = Blocks(xmp=xmp[:MAX_BLOCK].decode(errors="replace"))
    _read_exif(exif.removeprefix(b"Exif\0\0"), blocks)
    return blocks


def _read_png(content: bytes, blocks: Blocks) -> None:
    """Read the text chunks of a PNG."""
    at = 8
    budget = MAX_TEXTS
    for _ in range(_PARTS):
        if at + 12 > len(content):
            return
        length = int.from_bytes(content[at : at + 4], "big")
        kind, body_at = content[at + 4 : at + 8], at + 8
        at += 12 + length
        if kind == b"caBX":
            blocks.has_c2pa = True
        elif kind == b"eXIf":
            _read_exif(content[body_at : body_at + length], blocks)
        elif kind in (b"tEXt", b"zTXt", b"iTXt") and len(blocks.texts) < _MOST and budget > 0:
            name, text = _png_text(kind, content[body_at : body_at + length])
            budget -= len(text) + 100
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
    """Decompress data up to the limit; b"" if it is damaged."""
    try:
        return zlib.decompressobj().decompress(packed, MAX_BLOCK)
    except zlib.error:
        return b""


def _read_jpeg(content: bytes, blocks: Blocks) -> None:
    """Read the application segments of a JPEG."""
    at = 2
    resources = 0
    for _ in range(_PARTS):
        if at + 4 > len(content) or content[at] != 0xFF:
            return
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
            _read_exif(body[6:], blocks)
        elif marker == 0xED and body.startswith(_IPTC_IN_JPEG) and resources < _MOST_RESOURCES:
            resources += 1
            _read_iptc(body[len(_IPTC_IN_JPEG) :], blocks)
        elif marker == 0xEB and b"jumb" in body[:64]:
            blocks.has_c2pa = True


def _read_webp(content: bytes, blocks: Blocks) -> None:
    """Read the XMP and EXIF chunks of a WebP."""
    at = 12
    for _ in range(_PARTS):
        if at + 8 > len(content):
            return
        kind = content[at : at + 4]
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        body_at = at + 8
        at += 8 + length + length % 2
        if kind == b"XMP " and not blocks.xmp:
            body = content[body_at : body_at + min(length, MAX_BLOCK)]
            blocks.xmp = body.decode(errors="replace")
        elif kind == b"EXIF":
            body = content[body_at : body_at + min(length, MAX_BLOCK)]
            _read_exif(body.removeprefix(b"Exif\0\0"), blocks)
        elif kind == b"C2PA":
            blocks.has_c2pa = True


def _read_iptc(resources: bytes, blocks: Blocks) -> None:
    """Read the IPTC block among Photoshop's image resources."""
    at = 0
    while at + 12 <= len(resources) and resources[at : at + 4] == b"8BIM":
        number = int.from_bytes(resources[at + 4 : at + 6], "big")
        name = resources[at + 6] + 1
        at += 6 + name + name % 2
        length = int.from_bytes(resources[at : at + 4], "big")
        body = resources[at + 4 : at + 4 + length]
        at += 4 + length + length % 2
        if number == 0x0404:
            for dataset, text in _datasets(body):
                if dataset == _KEYWORDS:
                    blocks.iptc_keywords.append(text)
                elif dataset == _CREATOR:
                    blocks.iptc_creators.append(text)
                else:
                    blocks.iptc_credit = blocks.iptc_credit or text
            return


def _datasets(body: bytes) -> Iterator[tuple[int, str]]:
    """Yield number and text of those datasets of an IPTC block that are read here.

    The text is UTF-8 if it can be, else Latin-1.
    """
    at = 0
    while at + 5 <= len(body) and body[at] == 0x1C:
        record, number = body[at + 1], body[at + 2]
        length = int.from_bytes(body[at + 3 : at + 5], "big")
        if length & 0x8000:
            return
        text = body[at + 5 : at + 5 + length]
        at += 5 + length
        if record == 2 and number in (_KEYWORDS, _CREATOR, _CREDIT):
            try:
                yield number, text.decode()
            except UnicodeDecodeError:
                yield number, text.decode("latin-1")


def _read_exif(tiff: bytes, blocks: Blocks) -> None:
    """Read the first directory of EXIF and the one of details that it names."""
    if blocks.exif_texts or blocks.exif_keywords or tiff[:2] not in (b"II", b"MM"):
        return
    big = tiff[:2] == b"MM"
    for start in _directory(tiff, big, _number(tiff, 4, 4, big), blocks)[:1]:
        _directory(tiff, big, start, blocks)


def _directory(tiff: bytes, big: bool, start: int, blocks: Blocks) -> list[int]:
    """Read one directory of EXIF; return where the directories that it names start."""
    directories: list[int] = []
    for place in range(min(_number(tiff, start, 2, big), _MOST)):
        at = start + 2 + 12 * place
        if at + 12 > len(tiff):
            break
        tag, length = _number(tiff, at, 2, big), _number(tiff, at + 4, 4, big)
        if tag == _EXIF_DIRECTORY:
            directories.append(_number(tiff, at + 8, 4, big))
        elif tag == _XP_KEYWORDS or tag in _EXIF_TEXTS:
            begin = _number(tiff, at + 8, 4, big) if length > 4 else at + 8
            content = tiff[begin : begin + min(length, MAX_BLOCK)]
            if tag != _XP_KEYWORDS:
                read = _comment if tag == _USER_COMMENT else _plain_text
                blocks.exif_texts.setdefault(_EXIF_TEXTS[tag], read(content, big).strip("\0 "))
            elif not blocks.exif_keywords:
                parts = content.decode("utf-16-le", "replace").rstrip("\0").split(";")
                blocks.exif_keywords += [part.strip() for part in parts if part.strip()]
    return directories


def _number(tiff: bytes, at: int, size: int, big: bool) -> int:
    """Return a number of EXIF; 0 behind the end."""
    return int.from_bytes(tiff[at : at + size], "big" if big else "little")


def _plain_text(content: bytes, big: bool) -> str:  # noqa: ARG001
    """Return a text of EXIF, which is ASCII or what the writer took for it."""
    return content.decode(errors="replace")


def _comment(content: bytes, big: bool) -> str:
    """Return a UserComment, which begins with the name of its encoding."""
    kind, text = content[:8], content[8:]
    if kind.startswith(b"UNICODE"):
        return text.decode("utf-16-be" if big or text[:1] == b"\0" else "utf-16-le", "replace")
    return (text if kind[:5] in (b"ASCII", b"\0\0\0\0\0") else content).decode(errors="replace")
