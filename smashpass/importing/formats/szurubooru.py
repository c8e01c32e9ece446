"""Posts of szurubooru: each tag is a resource whose first name counts, the others are aliases."""

from __future__ import annotations

from pathlib import Path

from smashpass.importing.base.posts import RATINGS, Fields, Post, Posts, Unusable, numbers_and_terms
from smashpass.services.importing.tag_knowledge import TagKnowledge

PARTS = ("results", "posts")
_TAKEN = frozenset({"id", "version", "tags", "canvasWidth", "canvasHeight", "safety", "source"})
_NAMES = {
    "score": "score",
    "fileSize": "file_size",
    "favoriteCount": "favorite_count",
    "noteCount": "note_count",
}


def open_szurubooru(path: Path) -> Posts:
    """Return the reader."""
    return Posts(path, "szurubooru", fields_of, PARTS, learn)


def learn(post: Post, knowledge: TagKnowledge) -> None:
    """Record the category and other names of a post's tags."""
    for tag in post.get("tags", ()):
        if not isinstance(tag, dict):
            continue
        name, *others = tag["names"]
        if others:
            knowledge.alias(name, [other for other in others if isinstance(other, str)])
        category = tag.get("category")
        if isinstance(category, str) and category:
            knowledge.categorise([name], category)


def fields_of(post: Post) -> Fields:
    """Return the columns of one post.

    Raises:
        Unusable: It is not a picture, or its tags are malformed.
    """
    kind = post.get("type", "image")
    if kind not in ("image", "animation"):
        raise Unusable("not_a_picture", f"the post is of the type {str(kind)[:40]!a}")
    tags = post.get("tags")
    if not isinstance(tags, list):
        raise Unusable("bad_tags", "tags is not a list")
    fields = numbers_and_terms(post, _TAKEN | {name for name in post if _is_camel(name)})
    fields |= {new: post[old] for old, new in _NAMES.items() if type(post.get(old)) is int}
    fields |= {
        "id": post.get("id"),
        "tags": [_first_name(tag) for tag in tags],
        "width": post.get("canvasWidth"),
        "height": post.get("canvasHeight"),
    }
    rating = RATINGS.get(post.get("safety", ""))
    if rating is not None:
        fields["rating"] = rating
    return fields


def _is_camel(name: str) -> bool:
    """Tell names such as ``fileSize``, which are no attribute names."""
    return name != name.lower()


def _first_name(tag: object) -> str:
    """Return the name of a tag, which is a resource or, in old exports, a text."""
    names = tag.get("names") if isinstance(tag, dict) else [tag]
    if isinstance(names, list) and names and isinstance(names[0], str):
        return names[0]
    raise Unusable("bad_tags", "a tag has no names")
