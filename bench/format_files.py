"""The made-up library in every format that can be imported, some of its rows untidy."""

from __future__ import annotations

import csv
import io
import json
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import quoteattr

from bench.library import DEPICTS, NAMES, Picture, images

_UNTIDY = 50
_TAGS = 12
_CREDIT = {"digital_source_type": "trainedAlgorithmicMedia", "real_person": "false"}
_OPTIONS = (
    *("--source", "bench", "--licence", "CC0-1.0", "--depicts", "creature"),
    *("--digital-source-type", "trainedAlgorithmicMedia", "--no-real-person"),
)

Writer = Callable[[Path, Sequence[Picture]], Path]
"""Writes pictures into a folder, and returns what is to be imported."""


def options(name: str) -> tuple[str, ...]:
    """Return the options with which the collection of a format is imported."""
    return ("--format", FORMATS[name][0], "--media", "none", *_OPTIONS)


def pictures(count: int, seed: int) -> list[Picture]:
    """Return the first images of the library."""
    return list(images(count, seed))


def tags_of(picture: Picture) -> list[str]:
    """Return the tags of a row: 12 as a rule; every fiftieth row has odd spellings."""
    names = [NAMES[tag] for tag in picture.tags[:_TAGS]]
    if picture.ordinal % _UNTIDY == 0:
        return [names[0].upper(), *names[1:], names[1], "a_tag_\x07_that_is_none"]
    return names


def _plain(picture: Picture) -> list[str]:
    """The tags of a row without characters that XML and paths may not hold."""
    return [name for name in tags_of(picture) if name.isprintable()]


def _md5(picture: Picture) -> str:
    return Random(picture.ordinal).randbytes(16).hex()


def _depicts(picture: Picture) -> str:
    return next((DEPICTS[name] for name in picture.names if name in DEPICTS), "creature")


def _credit(picture: Picture) -> dict[str, str]:
    return {"licence": picture.licence, "author": "bench", "depicts": _depicts(picture), **_CREDIT}


def _table(delimiter: str, ending: str) -> Writer:
    """Tables, some cells of which need quotes, and a few rows of which are broken."""

    def write(folder: Path, rows: Sequence[Picture]) -> Path:
        path = folder / f"library.{ending}"
        columns = ["id", "tags", "width", "height", "score", "source", *_credit(rows[0])]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
            writer.writerow(columns)
            for row in rows:
                size = (row.width, "" if row.ordinal % _UNTIDY == 1 else row.height, row.score)
                cells = [f"s{row.ordinal:09d}", ", ".join(_plain(row)), *size, row.source]
                writer.writerow([*cells, *_credit(row).values()])
        return path

    return write


def _lines(path: Path, bodies: Iterable[object]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(body) + "\n" for body in bodies)
    return path


def _document(path: Path, body: object) -> Path:
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


def _imagefolder(folder: Path, rows: Sequence[Picture]) -> Path:
    for row in rows:
        (folder / f"{row.ordinal:09d}.jpg").touch()
    bodies = (
        {"file_name": f"{row.ordinal:09d}.jpg", "tags": tags_of(row), "width": row.width,
         "height": row.height, "score": row.score, "source": row.source, **_credit(row)}
        for row in rows
    )  # fmt: skip
    _lines(folder / "metadata.jsonl", bodies)
    return folder


def _beside(kind: str) -> Writer:
    """Pictures with a file beside each."""

    def write(folder: Path, rows: Sequence[Picture]) -> Path:
        for row in rows:
            inside = folder / f"{row.ordinal // 1_000:04d}"
            inside.mkdir(exist_ok=True)
            (inside / f"{row.ordinal:09d}.jpg").touch()
            sidecar = inside / f"{row.ordinal:09d}.{kind}"
            if kind == "txt":
                sidecar.write_text(", ".join(tags_of(row)), encoding="utf-8")
            else:
                body = {"tags": tags_of(row), "width": row.width, "height": row.height}
                sidecar.write_text(json.dumps(body | {"score": row.score} | _credit(row)), "utf-8")
        return folder

    return write


def _embedded(folder: Path, rows: Sequence[Picture]) -> Path:
    """PNG files of 20 kB with the text of a generator."""
    noise = _chunk(b"IDAT", bytes(20_000))
    begin = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">2I5B", 64, 64, 8, 2, 0, 0, 0))
    for row in rows:
        text = f"{', '.join(_plain(row))}\nNegative prompt: blurry\nSteps: 20, Model: bench"
        said = _chunk(b"tEXt", b"parameters\0" + text.encode("latin-1"))
        content = begin + said + noise + _chunk(b"IEND", b"")
        (folder / f"{row.ordinal:09d}.png").write_bytes(content)
    return folder


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _danbooru(folder: Path, rows: Sequence[Picture]) -> Path:
    bodies = (
        {"id": row.ordinal, "tag_string": " ".join(names), "tag_string_artist": names[0],
         "tag_string_general": " ".join(names[3:]), "tag_string_character": names[1],
         "tag_string_copyright": names[2], "tag_string_meta": "", "image_width": row.width,
         "image_height": row.height, "rating": "gsqe"[row.ordinal % 4], "score": row.ordinal % 99,
         "fav_count": row.ordinal % 31, "md5": _md5(row), "file_ext": "jpg",
         "created_at": "2024-01-01T00:00:00.000-05:00", "source": f"https://x/{row.ordinal}",
         "is_deleted": row.ordinal % _UNTIDY == 1, "is_banned": False, **_CREDIT}
        for row in rows for names in [tags_of(row)]
    )  # fmt: skip
    return _lines(folder / "posts.jsonl", bodies)


def _e621(folder: Path, rows: Sequence[Picture]) -> Path:
    bodies = [
        {"id": row.ordinal, "file": {"width": row.width, "height": row.height, "size": 1_000},
         "tags": {"general": names[3:], "artist": names[:1], "character": names[1:2],
                  "species": names[2:3], "meta": [], "lore": [], "copyright": [], "invalid": []},
         "score": {"up": 5, "down": -2, "total": 3}, "rating": "sqe"[row.ordinal % 3],
         "fav_count": row.ordinal % 31, "flags": {"deleted": row.ordinal % _UNTIDY == 1}}
        for row in rows for names in [tags_of(row)]
    ]  # fmt: skip
    return _document(folder / "posts.json", {"posts": bodies})


def _gelbooru(folder: Path, rows: Sequence[Picture]) -> Path:
    path = folder / "posts.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<posts count="1" offset="0">\n')
        for row in rows:
            status = "deleted" if row.ordinal % _UNTIDY == 1 else "active"
            file.write(
                f'<post id="{row.ordinal}" tags={quoteattr(" ".join(_plain(row)))} '
                f'width="{row.width}" height="{row.height}" score="{row.ordinal % 99}" '
                f'rating="general" status="{status}" md5="{_md5(row)}" change="1700000000" '
                'has_notes="false" source="https://x/1" creator_id="5"/>\n'
            )
        file.write("</posts>\n")
    return path


def _szurubooru(folder: Path, rows: Sequence[Picture]) -> Path:
    bodies = [
        {"id": row.ordinal, "version": 1, "type": "image", "safety": "safe", "score": 2,
         "canvasWidth": row.width, "canvasHeight": row.height, "fileSize": 10_000,
         "favoriteCount": 1, "contentUrl": f"data/posts/{row.ordinal}.jpg",
         "tags": [{"names": [name], "category": "default", "usages": 9} for name in tags_of(row)]}
        for row in rows
    ]  # fmt: skip
    return _document(folder / "posts.json", {"query": "", "offset": 0, "results": bodies})


def _kohya(folder: Path, rows: Sequence[Picture]) -> Path:
    bodies = {
        f"{row.ordinal:09d}.png": {
            "tags": ", ".join(tags_of(row)),
            "caption": "a picture of somebody in front of a house",
            "image_size": [row.width, row.height],
        }
        for row in rows
    }
    return _document(folder / "meta_lat.json", bodies)


def _coco(folder: Path, rows: Sequence[Picture]) -> Path:
    categories = [{"id": number, "name": name, "supercategory": "thing"}
                  for number, name in enumerate(NAMES[1:], 1)]  # fmt: skip
    annotations = ({"id": row.ordinal * 100 + place, "image_id": row.ordinal, "category_id": tag,
                    "bbox": [1.5, 2.5, 30.0, 40.0], "area": 1200.0, "iscrowd": 0,
                    "segmentation": [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]}
                   for row in rows for place, tag in enumerate(row.tags[:_TAGS]))  # fmt: skip
    pictures = [{"id": row.ordinal, "file_name": f"{row.ordinal:012d}.jpg", "width": row.width,
                 "height": row.height, "license": 1} for row in rows]  # fmt: skip
    licences = [{"id": 1, "url": "https://creativecommons.org/licenses/by/4.0/", "name": "BY"}]
    body: dict[str, Any] = {"info": {}, "licenses": licences, "images": pictures}
    return _document(
        folder / "instances.json", body | {"annotations": [*annotations], "categories": categories}
    )


def _celeba(folder: Path, rows: Sequence[Picture]) -> Path:
    names = NAMES[1:41]
    path = folder / "list_attr_celeba.txt"
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{len(rows)}\n{' '.join(name.replace(':', '_') for name in names)}\n")
        for row in rows:
            values = " ".join(" 1" if tag in row.tags else "-1" for tag in range(1, 41))
            file.write(f"{row.ordinal:06d}.jpg {values}\n")
    return path


def _parquet(folder: Path, rows: Sequence[Picture]) -> Path:
    import pyarrow
    from pyarrow import parquet

    path = folder / "library.parquet"
    bodies = [
        {"id": f"s{row.ordinal:09d}", "tags": tags_of(row), "width": row.width,
         "height": row.height, "score": row.score, "source": row.source, **_credit(row)}
        for row in rows
    ]  # fmt: skip
    parquet.write_table(pyarrow.Table.from_pylist(bodies), path)
    return path


def _webdataset(folder: Path, rows: Sequence[Picture]) -> Path:
    path = folder / "shard-000.tar"
    with tarfile.open(path, "w") as tar:
        for row in rows:
            body = {"tags": tags_of(row), "width": row.width, "height": row.height}
            described = json.dumps(body | {"score": row.score} | _credit(row)).encode()
            for name, content in _members(row, described):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                member.mtime = 1_700_000_000.5  # as usual there: a header of its own
                tar.addfile(member, io.BytesIO(content))
    return path


def _members(row: Picture, described: bytes) -> Iterator[tuple[str, bytes]]:
    yield f"{row.ordinal:09d}.jpg", bytes(2_000)
    yield f"{row.ordinal:09d}.json", described


FORMATS: dict[str, tuple[str, Writer]] = {
    "csv": ("csv", _table(",", "csv")),
    "tsv": ("csv", _table("\t", "tsv")),
    "imagefolder, jsonl": ("imagefolder", _imagefolder),
    "folder, .txt beside": ("folder", _beside("txt")),
    "folder, .json beside": ("folder", _beside("json")),
    "embedded": ("embedded", _embedded),
    "danbooru": ("danbooru", _danbooru),
    "e621": ("e621", _e621),
    "gelbooru": ("gelbooru", _gelbooru),
    "szurubooru": ("szurubooru", _szurubooru),
    "kohya": ("kohya", _kohya),
    "coco": ("coco", _coco),
    "celeba": ("celeba", _celeba),
    "parquet": ("parquet", _parquet),
    "webdataset": ("webdataset", _webdataset),
}
"""Name → the format as ``--format`` knows it, and what writes a collection of it."""
