"""Posts of e621: ``tags`` is an object of lists by category, or flattened by a downloader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from smashpass.importing.base.posts import (
    RATINGS,
    Fields,
    Post,
    Posts,
    Unusable,
    numbers_and_terms,
    text_list,
)
from smashpass.services.importing.tag_knowledge import TagKnowledge

PARTS = ("posts", "post")
CATEGORIES = (
    "general", "artist", "contributor", "copyright", "character", "species", "meta", "lore",
)  # fmt: skip
_TAKEN = frozenset({"id", "tags", "score", "file", "rating", "author", "width", "height"})
_NO_ARTIST = frozenset({"conditional_dnp", "sound_warning", "unknown_artist", "anonymous_artist"})


def open_e621(path: Path) -> Posts:
    """Return the reader."""
    return Posts(path, "e621", fields_of, PARTS, learn)


def learn(post: Post, knowledge: TagKnowledge) -> None:
    """Record the categories of a post's tags: lists in ``tags``, or ``tags_…`` of downloaders."""
    nested = post.get("tags")
    for category in CATEGORIES:
        tags = nested.get(category) if isinstance(nested, Mapping) else None
        if tags is None:
            tags = post.get(f"tags_{category}")
        if isinstance(tags, str):
            tags = tags.split()
        if isinstance(tags, list):
            knowledge.categorise([tag for tag in tags if isinstance(tag, str)], category)


def fields_of(post: Post) -> Fields:
    """Return the columns of one post.

    Raises:
        Unusable: It was deleted, or its tags are malformed.
    """
    flags, file = post.get("flags"), post.get("file")
    if isinstance(flags, Mapping) and flags.get("deleted") is True:
        raise Unusable("gone_upstream", "the source says that it is deleted")
    fields = numbers_and_terms(post, _TAKEN)
    sizes = file if isinstance(file, Mapping) else post
    tags, artists = _tags(post)
    fields |= {
        "id": post.get("id"),
        "tags": tags,
        "width": sizes.get("width"),
        "height": sizes.get("height"),
    }
    if isinstance(file, Mapping) and type(file.get("size")) is int:
        fields["file_size"] = file["size"]
    author = post.get("author") or ", ".join(
        artist for artist in artists if artist not in _NO_ARTIST
    )
    if isinstance(author, str):
        fields["author"] = author
    fields |= _score(post.get("score"))
    rating = RATINGS.get(post.get("rating", ""))
    if rating is not None:
        fields["rating"] = rating
    return fields


def _tags(post: Post) -> tuple[list[str], list[str]]:
    """Return all tags, and those of artists."""
    tags = post.get("tags")
    if isinstance(tags, Mapping):
        lists = {
            name: text_list(category_tags, f"tags.{name}") for name, category_tags in tags.items()
        }
        valid_tags = [
            tag
            for name, category_tags in lists.items()
            if name != "invalid"
            for tag in category_tags
        ]
        return valid_tags, lists.get("artist", [])
    return text_list(tags, "tags"), text_list(post.get("tags_artist", []), "tags_artist")


def _score(score: object) -> Fields:
    """Return the score, in total and by direction."""
    if type(score) in (int, float):
        return {"score": score}
    if not isinstance(score, Mapping):
        return {}
    names = {"total": "score", "up": "up_score", "down": "down_score"}
    return {name: score[key] for key, name in names.items() if type(score.get(key)) in (int, float)}
