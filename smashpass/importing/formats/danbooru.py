"""Posts of Danbooru: ``tag_string`` with the tags of all categories, ``md5`` and addresses if any.

Deleted or banned posts are refused: their authors or the site did not want them shown.
"""

from __future__ import annotations

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

PARTS = ("posts",)
CATEGORIES = ("general", "artist", "copyright", "character", "meta")
_TAKEN = frozenset({"id", "image_width", "image_height", "rating", "author"})


def open_danbooru(path: Path) -> Posts:
    """Return the reader."""
    return Posts(path, "danbooru", fields_of, PARTS, learn)


def learn(post: Post, knowledge: TagKnowledge) -> None:
    """Record the categories of a post's tags, which are in one text each."""
    for category in CATEGORIES:
        tags = post.get(f"tag_string_{category}")
        if isinstance(tags, str):
            knowledge.categorise(tags.split(), category)


def fields_of(post: Post) -> Fields:
    """Return the columns of one post.

    Raises:
        Unusable: It was deleted, or has no ``tag_string``.
    """
    for gone in ("is_deleted", "is_banned"):
        if post.get(gone) is True:
            raise Unusable("gone_upstream", f"the source says {gone}")
    if "tag_string" not in post:
        raise Unusable("malformed", "the post has no tag_string")
    fields = numbers_and_terms(post, _TAKEN)
    fields |= {
        "id": post.get("id"),
        "tags": text_list(post["tag_string"], "tag_string"),
        "width": post.get("image_width"),
        "height": post.get("image_height"),
    }
    artists = post.get("author") or post.get("tag_string_artist")
    if isinstance(artists, str):
        fields["author"] = ", ".join(artists.split()) if "author" not in post else artists
    rating = RATINGS.get(post.get("rating", ""))
    if rating is not None:
        # Here "s" is sensitive, one step above general; on other sites it is safe.
        fields["rating"] = 1 if post["rating"] == "s" else rating
    return fields
