"""Files beside pictures with their tags: three dialects of ``.txt``, and ``.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from smashpass.importing.base.posts import Fields, Unusable, numbers_and_terms, text_list

MAX_SIDECAR = 1 << 20
_LABEL = 1_000
_FEWEST_WORDS = 4
_PROSE_WORDS = 6
_SEPARATORS = re.compile(r",|\|\|\||;;;")
_ESCAPED = re.compile(r"\\([()\[\]])")
_BLANKS = re.compile(r"\s+")
_TAKEN = frozenset({"id", "tags", "tag_string", "metadata", "width", "height", "label", "caption"})


def text_fields(text: str, *, beside_the_ending: bool) -> Fields:
    """Return tags and label in a ``.txt`` sidecar; lines of prose are the label."""
    lines = [line for line in text.splitlines() if line.strip()]
    prose = [line for line in lines if is_sentence(line)]
    tags = "\n".join(line for line in lines if line not in prose)
    fields: Fields = {"tags": text_tags(tags, beside_the_ending=beside_the_ending)}
    if prose:
        fields["label"] = short_label(" ".join(prose))
    return fields


def text_tags(text: str, *, beside_the_ending: bool) -> list[str]:
    """Return the tags in a ``.txt`` sidecar.

    Args:
        text: Its content.
        beside_the_ending: Whether it is called ``a.png.txt``, as by gallery-dl and hydrus, which
            write one tag a line, with underscores or with blanks; ``a.txt`` is kohya's: captions,
            one a line, of tags between commas. Who mixes that up is understood where it is
            certain: several lines without a comma are one tag each.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any(_SEPARATORS.search(line) for line in lines):
        if beside_the_ending and len(lines) > 1:
            return lines  # a comma inside a tag is illegal, and reported as such
        return [tag for line in lines for tag in caption_tags(line)]
    if len(lines) == 1 and "_" in lines[0]:
        return [_unescaped(word) for word in lines[0].split()]
    return [_unescaped(line) for line in lines]


def caption_tags(text: str) -> list[str]:
    """Return the tags of a caption: between commas, ``|||`` and ``;;;``, brackets unescaped."""
    parts = _SEPARATORS.split(text)
    return [_unescaped(stripped) for part in parts if (stripped := part.strip())]


def is_sentence(text: str) -> bool:
    """Whether a caption is prose, which is a label and not a list of tags.

    Prose are four words or more that end as a sentence does, or a run of six words or more
    without a separator. Underscores are those of tags.
    """
    words = text.split()
    if "_" in text or len(words) < _FEWEST_WORDS:
        return False
    if words[-1][-1] in ".!?" and not words[-1].endswith("..."):
        return True
    return max(len(part.split()) for part in _SEPARATORS.split(text)) >= _PROSE_WORDS


def short_label(text: str) -> str:
    """Return a caption as a label: one line, not too long."""
    label = _BLANKS.sub(" ", text).strip()
    return label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"


def json_fields(content: bytes, tags_at: str = "") -> Fields:
    """Return the columns in a ``.json`` sidecar.

    Tags are at ``tags_at`` (names with points between), or where downloaders write them: ``tags``
    as a list, a text, or lists by category; ``tag_string``; ``metadata.tags``.

    Raises:
        Unusable: It is not a JSON object, or its tags are malformed.
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unusable("bad_sidecar", f"the .json beside it is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise Unusable("bad_sidecar", "the .json beside it is not an object")
    fields = numbers_and_terms(body, _TAKEN | {"file_name", "path"})
    if isinstance(body.get("source"), str) and "://" not in body["source"]:
        fields["source"] = body["source"]
    fields["tags"] = _tags_in(body, tags_at)
    label = body.get("label") or body.get("caption")
    if isinstance(label, str):
        fields["label"] = short_label(label)
    return fields


def _tags_in(body: Mapping[str, Any], tags_at: str) -> list[str]:
    """Return the tags in an object."""
    if tags_at:
        value: Any = body
        for name in tags_at.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return _listed(value, tags_at)
    for name in ("tags", "tag_string"):
        if name in body:
            return _listed(body[name], name)
    inner = body.get("metadata")
    if isinstance(inner, Mapping) and "tags" in inner:
        return _listed(inner["tags"], "metadata.tags")
    return []


def _listed(value: object, label: str) -> list[str]:
    """Return tags that are a text, a list, or lists by category."""
    if isinstance(value, Mapping):
        return [
            tag
            for name, category_tags in value.items()
            for tag in text_list(category_tags, f"{label}.{name}")
        ]
    if isinstance(value, str) and "," in value:
        return caption_tags(value)
    return text_list(value or [], label)


def _unescaped(tag: str) -> str:
    r"""Return a tag without the backslashes of ``\(`` and its like."""
    return _ESCAPED.sub(r"\1", tag) if "\\" in tag else tag
