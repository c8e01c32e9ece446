"""Picture files made to do harm, from a seed: the same number and seed give the same files."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
SCRIPT = b"<script>alert(1)</script>"
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_MOST_PIXELS = 24_000_000
"""As many as a decoder takes: bombs have just as many, or more."""

Hostile = tuple[str, bytes]
"""The ending of its name, which may lie, and the content."""


def hostile_files(count: int, seed: int, address: str) -> Iterator[Hostile]:
    """Yield files of all kinds in turns; some ask for ``address`` when they are opened carelessly.

    Cost: some 5 ms each; those with the most pixels and frames are made once.
    """
    chance = Random(seed)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        ending, content = kind(chance, address)
        yield (chance.choice(_ENDINGS) if chance.random() < 0.1 else ending), content


def mutants(seed: bytes, count: int, chance: Random) -> list[bytes]:
    """Cuts of a file, spread over its length, and as many copies with some bits flipped."""
    half = count // 2
    cuts = [seed[: len(seed) * place // half] for place in range(half)]
    return cuts + [flipped(seed, chance) for _ in range(count - half)]


def flipped(content: bytes, chance: Random) -> bytes:
    """A copy with up to eight bits flipped."""
    copy = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        copy[chance.randrange(len(copy))] ^= 1 << chance.randrange(8)
    return bytes(copy)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_that_lies(width: int, height: int, rows: int = 1_000_000) -> bytes:
    """A PNG of a few bytes whose header declares any size, whatever ``rows`` bytes give."""
    header = struct.pack(">IIBBBBB", width % 2**32, height % 2**32, 8, 2, 0, 0, 0)
    return png(header, png_chunk(b"IDAT", zlib.compress(b"\0" * rows)))


def png(header: bytes, chunks: bytes) -> bytes:
    """A PNG of these parts."""
    return PNG + png_chunk(b"IHDR", header) + chunks + png_chunk(b"IEND", b"")


@cache
def sound_files() -> tuple[Hostile, ...]:
    """Sound pictures of every supported format, in its usual variants."""
    grey = Image.linear_gradient("L").resize((96, 64))
    colour = Image.merge("RGB", (grey, grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT), grey))
    noise = Image.effect_noise((96, 64), 60)
    seen = colour.copy()
    seen.putalpha(noise)
    frames = [colour.rotate(90 * turn) for turn in range(1, 4)]
    exif = Image.Exif()
    exif.update({0x0112: 6, 0x010E: "a picture", 0x8298: "nobody"})
    animated = {"save_all": True, "append_images": frames, "duration": 40}
    profile = _profile()
    variants: tuple[tuple[Image.Image, str, dict[str, object]], ...] = (
        (colour, "JPEG", {"exif": exif, "icc_profile": profile, "comment": b"made here"}),
        (colour, "JPEG", {"progressive": True, "quality": 70}),
        (colour.convert("CMYK"), "JPEG", {}),
        (noise, "JPEG", {"restart_marker_blocks": 2}),
        (colour, "PNG", {"icc_profile": profile, "exif": exif}),
        (seen, "PNG", {}),
        (colour.convert("P"), "PNG", {"transparency": 3}),
        (noise.convert("I;16"), "PNG", {}),
        (colour.convert("1"), "PNG", {}),
        (colour, "PNG", animated),
        (colour, "WEBP", {"quality": 80, "exif": exif, "icc_profile": profile}),
        (seen, "WEBP", {"lossless": True}),
        (seen, "WEBP", {"quality": 50, "xmp": b"<x:xmpmeta/>"}),
        (colour, "WEBP", animated),
        (colour, "GIF", {"comment": b"made here"}),
        (colour, "GIF", animated),
        (colour, "AVIF", {"exif": exif, "speed": 10}),
        (seen, "AVIF", {"speed": 10}),
        (colour, "AVIF", {**animated, "speed": 10}),
    )
    return tuple((form.lower(), saved(image, form, **options)) for image, form, options in variants)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    """The bytes of a picture."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()


def parts(content: bytes) -> list[bytes]:
    """Cut a file where its format has parts: they are the file again when they are joined."""
    places = sorted({0, *(place for place in _starts(content) if 0 < place < len(content))})
    return [
        content[begin:end] for begin, end in zip(places, [*places[1:], len(content)], strict=True)
    ]


def _starts(content: bytes) -> Iterator[int]:
    """Yield where the parts of a file begin."""
    if content.startswith(PNG):
        at = len(PNG)
        while at < len(content):
            yield at
            at += 12 + int.from_bytes(content[at : at + 4], "big")
    elif content.startswith(b"RIFF"):
        at = 12
        while at < len(content):
            yield at
            length = int.from_bytes(content[at + 4 : at + 8], "little")
            at += 8 + length + length % 2
    elif content.startswith(b"\xff\xd8"):
        at = 2
        while 0 <= at < len(content) - 4:
            yield at
            scan = content[at + 1] == 0xDA
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
            while scan and 0 <= at < len(content) - 1:
                at = content.find(b"\xff", at)
                if at < 0 or not (content[at + 1] == 0 or 0xD0 <= content[at + 1] <= 0xD7):
                    break
                at += 2
    elif content.startswith(b"GIF8"):
        at = content.find(b"\0,", 13)
        while at > 0:
            yield at + 1
            at = content.find(b"\0,", at + 2)
    else:
        # Boxes of AVIF lie in each other: their names are looked for.
        names = (b"ftyp", b"meta", b"hdlr", b"iloc", b"iinf", b"iprp", b"ispe", b"av1C", b"mdat",
                 b"moov", b"trak", b"stsz", b"stco")  # fmt: skip
        for name in names:
            at = content.find(name)
            if at >= 4:
                yield at - 4


def _cut(chance: Random, _address: str) -> Hostile:
    """Cut off anywhere, or just before, at or behind the beginning of a part."""
    ending, content = chance.choice(sound_files())
    if chance.random() < 0.5:
        return ending, content[: chance.randrange(len(content))]
    pieces = parts(content)
    at = sum(map(len, pieces[: chance.randrange(len(pieces) + 1)]))
    return ending, content[: max(0, at + chance.choice((-1, 0, 1, 2, 4, 8)))]


def _flipped(chance: Random, _address: str) -> Hostile:
    ending, content = chance.choice(sound_files())
    return ending, flipped(content, chance)


def _overwritten(chance: Random, _address: str) -> Hostile:
    """Some bytes in a row are zeros, ones, or anything; or bytes are put in or taken out."""
    ending, content = chance.choice(sound_files())
    at, length = chance.randrange(len(content)), chance.randint(1, 64)
    run = chance.choice((bytes(length), b"\xff" * length, chance.randbytes(length), b""))
    behind = at if chance.random() < 0.2 else at + length
    return ending, content[:at] + run + content[behind:]


def _rearranged(chance: Random, _address: str) -> Hostile:
    """Parts are swapped, repeated, left out, or come from a file of another format."""
    ending, content = chance.choice(sound_files())
    pieces = parts(content)
    for _ in range(chance.randint(1, 3)):
        at, other = (chance.randrange(len(pieces)) for _ in range(2))
        act = chance.randrange(4)
        if act == 0:
            pieces[at], pieces[other] = pieces[other], pieces[at]
        elif act == 1:
            pieces[at:at] = [pieces[other]] * chance.choice((1, 2, 200))
        elif act == 2 and len(pieces) > 1:
            del pieces[at]
        else:
            pieces.insert(at, chance.choice(parts(chance.choice(sound_files())[1])))
    return ending, b"".join(pieces)


def _lying(chance: Random, _address: str) -> Hostile:
    """A number near the beginning of a part is an extreme one: lengths, sides, counts, offsets."""
    ending, content = chance.choice(sound_files())
    pieces = parts(content)
    at = sum(map(len, pieces[: chance.randrange(len(pieces))])) + chance.randrange(24)
    length, order = chance.choice((1, 2, 3, 4)), chance.choice(("big", "little"))
    number = chance.choice(_EXTREMES) % 256**length
    changed = content[:at] + number.to_bytes(length, order) + content[at + length :]
    return ending, _checksums_mended(changed) if chance.random() < 0.7 else changed


def _checksums_mended(content: bytes) -> bytes:
    """Compute the checksums of a PNG again, so that more than they is looked at."""
    if not content.startswith(PNG):
        return content
    mended = [PNG]
    for piece in parts(content)[1:]:
        body = piece[4 : max(4, len(piece) - 4)]
        mended.append(piece[:4] + body + struct.pack(">I", zlib.crc32(body)))
    return b"".join(mended)


def _bomb(chance: Random, _address: str) -> Hostile:
    """Few bytes that declare, or really hold, as many pixels or scans as possible."""
    if chance.random() < 0.7:
        sides = (
            0,
            1,
            16_384,
            16_385,
            24_000,
            60_000,
            2**31 - 1,
            2**32 - 1,
            chance.randrange(2**31),
        )
        lie = png_that_lies(chance.choice(sides), chance.choice(sides), chance.choice((0, 10**6)))
        return "png", lie
    return chance.choice(_bombs())()


@cache
def _bombs() -> tuple[Callable[[], Hostile], ...]:
    return (
        *(cache(lambda form=form: _large(form)) for form in ("png", "gif", "webp", "jpeg")),
        cache(_avif_of_many_pixels),
        cache(_many_scans),
        cache(_long_rows),
    )


def _large(form: str) -> Hostile:
    """One colour, and as many pixels as are possible."""
    image = Image.new("P" if form == "gif" else "RGB", (6_000, _MOST_PIXELS // 6_000))
    options = {"lossless": True, "method": 0} if form == "webp" else {}
    return form, saved(image, form.upper(), **options)


def _avif_of_many_pixels() -> Hostile:
    return "avif", saved(Image.new("RGB", (4_000, 4_000)), "AVIF", speed=10)


def _many_scans() -> Hostile:
    """A progressive JPEG of 4 million pixels whose last scan comes 400 times."""
    content = saved(Image.new("RGB", (2_000, 2_000)), "JPEG", progressive=True)
    pieces = parts(content)
    scan = next(place for place in reversed(range(len(pieces))) if pieces[place][1] == 0xDA)
    return "jpeg", b"".join([*pieces[:scan], *[pieces[scan]] * 400, *pieces[scan + 1 :]])


def _long_rows() -> Hostile:
    """A hundred times the data that the sides ask for."""
    header = struct.pack(">IIBBBBB", 100, 100, 8, 2, 0, 0, 0)
    return "png", png(header, png_chunk(b"IDAT", zlib.compress(bytes(300_000_000 // 10))))


def _animated(chance: Random, _address: str) -> Hostile:
    """Thousands of frames."""
    return chance.choice(_ANIMATIONS)()


@cache
def _many_frames(form: str, count: int) -> Hostile:
    frames = [Image.new("L", (8, 8), number % 251) for number in range(count)]
    content = saved(frames[0], form.upper(), save_all=True, append_images=frames[1:], duration=20)
    return form, content


_ANIMATIONS: tuple[Callable[[], Hostile], ...] = (
    lambda: _many_frames("gif", 5_000),
    lambda: _many_frames("png", 3_000),
    lambda: _many_frames("webp", 2_000),
    lambda: _many_frames("avif", 100),
)


def _described(chance: Random, address: str) -> Hostile:
    """XMP, EXIF, profiles and comments that are huge, nested, circular, or nonsense."""
    image = Image.new("RGB", (32, 32), "teal")
    form = chance.choice(("JPEG", "PNG", "WEBP", "AVIF"))
    text = chance.choice(_TEXTS)(address)
    act = chance.randrange(6)
    if act == 0:
        packet = text[:65_000] if form == "JPEG" else text
        return form.lower(), saved(image, form, xmp=packet)
    if act == 1:
        # Pillow reads what it is to write: the circular one takes the place of a sound one.
        circular = _circular_exif(chance) + bytes(chance.choice((0, 60_000)))
        sound = (b"II*\0\x08\0\0\0\0\0" + bytes(4)).ljust(len(circular), b"\xa5")
        content = saved(image, form, exif=b"Exif\0\0" + sound)
        return form.lower(), _checksums_mended(content.replace(sound, circular))
    if act == 2:
        profile = _profile()
        nonsense = (profile[:60], flipped(profile, chance), chance.randbytes(300), bytes(2_000_000))
        return form.lower(), saved(image, form, icc_profile=chance.choice(nonsense))
    if act == 3:
        return "gif", saved(image.convert("P"), "GIF", comment=text)
    if act == 4:
        whole = parts(saved(image, "JPEG"))
        segment = b"\xff" + chance.choice(b"\xe1\xe2\xed\xeb\xfe").to_bytes() + b"\xff\xff"
        body = (text * (65_533 // max(1, len(text)) + 1))[:65_533]
        return "jpeg", b"".join([whole[0], *[segment + body] * 200, *whole[1:]])
    kind = chance.choice((b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf"))
    packed = zlib.compress(chance.choice((text, bytes(100_000_000))))
    bodies = {
        b"tEXt": b"parameters\0" + text,
        b"zTXt": b"parameters\0\0" + packed,
        b"iTXt": b"XML:com.adobe.xmp\0\1\0\0\0" + packed,
        b"iCCP": b"profile\0\0" + packed,
        b"eXIf": _circular_exif(chance),
    }
    whole = parts(saved(image, "PNG"))
    count = chance.choice((1, 5, 2_000 if len(bodies[kind]) < 10_000 else 5))
    chunks = [png_chunk(kind, bodies[kind])] * count
    return "png", b"".join([*whole[:2], *chunks, *whole[2:]])


def _circular_exif(chance: Random) -> bytes:
    """A directory that points at itself, with counts and offsets that are not there."""
    numbers = (0x8769, 0x8825, 0x0112, 0x010E, 0xA005, 0x927C)
    entries = [
        struct.pack("<HHII", chance.choice(numbers), chance.randint(0, 13),
                    chance.choice(_EXTREMES), chance.choice((8, 0, 2**32 - 1, 65_000)))
        for _ in range(20)
    ]  # fmt: skip
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 20) + b"".join(entries) + struct.pack("<I", 8)


_TEXTS: tuple[Callable[[str], bytes], ...] = (
    lambda _address: b"",
    lambda _address: b"\0\1\2\xff" * 1_000,
    lambda _address: b"<x:xmpmeta>" + b"<a>" * 200_000,
    lambda _address: b"<x:xmpmeta>" + b"a" * 3_000_000 + b"</x:xmpmeta>",
    lambda _address: b"<x:xmpmeta " + b" ".join(b'a%d="b"' % n for n in range(50_000)) + b"/>",
    lambda _address: (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">'
        + b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
        + b"]><x:xmpmeta>&e11;</x:xmpmeta>"
    ),
    lambda address: (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "' + address.encode() + b'">]><x:xmpmeta>&e;</x:xmpmeta>'
    ),
    lambda _address: b"Steps: 20, " * 50_000,
)


def _disguised(chance: Random, address: str) -> Hostile:
    """Another kind of file that says it is a picture, or a picture that is another file too."""
    ending, content = chance.choice(sound_files())
    other = chance.choice(_other_files(address))
    if chance.random() < 0.5:
        return ending, other
    behind = chance.random() < 0.8
    return ending, content + other if behind else other + content


@cache
def _other_files(address: str) -> tuple[bytes, ...]:
    """Files of formats that are not supported; some name an address to be fetched."""
    image = Image.new("RGB", (32, 32), "teal")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.html", SCRIPT)
    link = address.encode()
    return (
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="' + link + b'"/></svg>',
        b'<!DOCTYPE html><img src="' + link + b'">' + SCRIPT,
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/URI/URI(" + link + b")>>>>endobj\n%%EOF",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(" + link + b") run showpage\n",
        b"#!/bin/sh\nwget " + link + b"\n",
        b"push graphic-context\nfill 'url(" + link + b")'\npop graphic-context\n",
        b"#EXTM3U\n#EXTINF:1,\n" + link + b"\n",
        archive.getvalue(),
        *(saved(image, form) for form in ("TIFF", "BMP", "ICO", "PCX", "TGA", "PPM", "PDF", "EPS")),
        b"\x7fELF" + bytes(2_000),
        b"",
        b"\0",
        bytes(100_000),
        Random(0).randbytes(50_000),
        bytes(20_000_001),
    )


KINDS: tuple[Callable[[Random, str], Hostile], ...] = (
    *(_cut, _flipped, _lying, _rearranged, _overwritten) * 3,
    *(_disguised, _described, _animated, _bomb, _cut),
)
_ENDINGS = ("jpg", "png", "webp", "gif", "avif", "svg", "html", "tiff", "")
