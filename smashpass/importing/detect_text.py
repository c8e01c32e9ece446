"""Detects the format of a text file from its first line or its first JSON object."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smashpass.importing.base.files import delimiter_of, first_line
from smashpass.importing.base.posts import is_document
from smashpass.services.importing.rows.columns import KEY_COLUMNS, fold_column
from smashpass.services.vocabulary.dictionary import COLUMNS, COUNT

TAGS = "tags"
_OF_WORDS = {*COLUMNS, COUNT}

KNOWN_BY = {
    "danbooru": "have tag_string",
    "e621": "have tags as lists by category",
    "szurubooru": "have tags with names",
    "kohya": "have image_path",
    "gelbooru": "have tags as a text, and md5 or rating",
}
"""By what the posts of a format are recognised."""

_DICTIONARY = re.compile(r'[^,]+,\d+,\d+(,(".*"|[^,]*))?')
_FIRST_OBJECT = re.compile(r"\{")


def guess_text(path: Path, sample: bytes) -> tuple[str, str]:
    """Return (format, reason); the format is "" where it is not certain, and the reason why.

    Raises:
        BadInput: It is not text.
    """
    text = sample.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"<":
        if b"<post" in text:
            return "gelbooru", "an XML document with posts"
        return "", "an XML document without posts in its first part"
    if text[:1] in (b"{", b"["):
        return _of_json(text.decode(errors="ignore"), is_document(sample))
    line = first_line(path)
    celeba = _of_celeba(text.decode(errors="ignore"))
    if celeba:
        return "celeba", celeba
    separator = delimiter_of(path, line)
    names = [fold_column(name.strip('" ')) for name in line.split(separator)]
    key = next((name for name in names if name in KEY_COLUMNS), None)
    if key is not None:
        separator_name = {"\t": "tabs", ";": "semicolons"}.get(separator, "commas")
        return "csv", f"the first line names columns between {separator_name}, {key} among them"
    if "name" in names and "category" in names:
        return TAGS, "the first line names the columns name and category"
    if _DICTIONARY.fullmatch(line) and len(next(csv.reader([line]))) in (3, 4):
        return TAGS, "lines are name,category,count,aliases"
    return "", f"the first line names none of {', '.join(KEY_COLUMNS)}"


def _of_json(text: str, document: bool) -> tuple[str, str]:
    """Return format and reason of JSON, by its first object."""
    if document and text[:1] == "{":
        if '"images"' in text and re.search(r'"(annotations|categories|licenses|info)"\s*:', text):
            return "coco", "the document has images and annotations"
        if '"@attributes"' in text[:2_000]:
            return "gelbooru", "the document has @attributes"
    post = _first_post(text, document)
    if post is None:
        return "", "no JSON object could be read from its first part"
    format_name = _of_post(post)
    if format_name:
        subject = "posts of the document" if document else "lines"
        return format_name, f"{subject} {KNOWN_BY[format_name]}"
    inner = next(iter(post.values()), None)
    if isinstance(inner, Mapping) and not inner.keys().isdisjoint(("caption", "tags")):
        return "kohya", "the document has caption or tags by path"
    if _is_word(inner) or _is_word(post):
        return TAGS, "the objects have the fields of a tag dictionary"
    return "", f"JSON objects with {', '.join(map(str, list(post)[:6]))}"


def _is_word(value: object) -> bool:
    """Whether an object is an item of a tag dictionary, or the document that holds them."""
    if not isinstance(value, Mapping):
        return False
    items = value.get("tags")
    if value.keys() == {"tags"} and isinstance(items, list) and items:
        return _is_word(items[0])
    return "name" in value and len(value) > 1 and value.keys() <= _OF_WORDS


def _of_post(post: Mapping[str, Any]) -> str:
    """Return the format with such posts, or "" if it is uncertain."""
    tags = post.get("tags")
    if "tag_string" in post:
        return "danbooru"
    if "image_path" in post:
        return "kohya"
    if isinstance(tags, Mapping) and all(
        isinstance(category_tags, list) for category_tags in tags.values()
    ):
        return "e621"
    if isinstance(tags, list) and tags and isinstance(tags[0], Mapping) and "names" in tags[0]:
        return "szurubooru"
    if isinstance(tags, list) and "tags_general" in post:
        return "e621"
    if isinstance(tags, str) and "id" in post and not post.keys().isdisjoint(("md5", "rating")):
        return "gelbooru"
    return ""


def _first_post(text: str, document: bool) -> Mapping[str, Any] | None:
    """Return the first object that looks like a post, else the first that could be read."""
    decode = json.JSONDecoder().raw_decode
    first: Mapping[str, Any] | None = None
    for attempt, start in enumerate(_FIRST_OBJECT.finditer(text)):
        if attempt > 20:
            break
        try:
            value, _ = decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and value:
            first = first or value
            if _of_post(value) or not document:
                return value
    if first is None or not document:
        return first
    # A document that is an object was read whole, or its members were: give what holds them.
    return first if isinstance(next(iter(first.values()), None), Mapping) else _wrapped(text, first)


def _wrapped(text: str, first: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``first`` as the member it is, if it stands in an object by a name."""
    return {"": first} if text[:1] == "{" and len(first) < 10 else first


def _of_celeba(text: str) -> str:
    """Return why this is CelebA's attribute list, or "" if it is not."""
    lines = text.splitlines()[:3]
    if len(lines) == 3 and lines[0].strip().isdigit():
        names, values = lines[1].split(), lines[2].split()[1:]
        if names and len(names) == len(values) and {"1", "-1"}.issuperset(values):
            return f"a count, {len(names)} names, and lines of 1 and -1"
    return ""
