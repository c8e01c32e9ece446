"""Retagging one image: a three-way merge of what somebody saw, what they want and what is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from smashpass.core.errors import StaleVersion
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import Change
from smashpass.core.tags.names import TagId, normalise
from smashpass.core.text.reasons import read_reason
from smashpass.services.ports.library import LibraryStore
from smashpass.services.search.search import tag_names


def retag(
    index: Index,
    ordinal: Ordinal,
    editor: LibraryStore,
    *,
    image: str,
    add: Collection[str],
    remove: Collection[str],
    base_tags: Collection[str],
    by: str,
    origin: str,
    reason: str,
) -> Change | None:
    """Give and take tags of one image, unless others changed the same tags since ``base_tags``.

    Args:
        index: The library as it is now.
        ordinal: The image.
        editor: Makes the edit.
        image: Its public id, for the audit trail.
        add: Tags that it should have.
        remove: Tags that it should not have itself, by canonical name.
        base_tags: The tags that were shown to who edits.
        by: Who edits.
        origin: The way it came.
        reason: Why.

    Raises:
        BadTag: A text is not a valid tag name.
        StaleVersion: A tag was changed by somebody else, against this edit.
    """
    reason = read_reason(reason)
    vocabulary = index.vocabulary
    own_tags = index.own_tags(ordinal)
    current = frozenset(tag_names(index, own_tags))
    base = frozenset(map(normalise, base_tags))
    new_names = list(dict.fromkeys(map(normalise, add)))
    unwanted = frozenset(map(normalise, remove)) - frozenset(new_names)
    removed_since = sorted(name for name in new_names if name in base and name not in current)
    added_since = sorted(name for name in unwanted if name not in base and name in current)
    if removed_since or added_since:
        edits = [f"{name} was removed" for name in removed_since]
        edits += [f"{name} was added" for name in added_since]
        raise StaleVersion(
            f"somebody else edited this image: {', '.join(edits)}",
            hint="look at its tags again",
            suggestions=sorted(current),
        )
    missing = [name for name in new_names if not _has(index, own_tags, name)]
    removed_tags = [
        tag for tag in own_tags if vocabulary.names[vocabulary.canonical(tag)] in unwanted
    ]
    added_tags = _ensure_ids(editor, index, missing, by=by, origin=origin)
    return editor.apply_tag_edit(
        ImageSet([ordinal]),
        add=added_tags,
        remove=removed_tags,
        by=by,
        origin=origin,
        reason=reason,
        action=AuditAction.IMAGE_TAG,
        target=image,
    )


def _ensure_ids(
    editor: LibraryStore, index: Index, names: Sequence[str], *, by: str, origin: str
) -> list[TagId]:
    """Return the ids of names, making those that are new; ids never change."""
    find = index.vocabulary.find
    new = [name for name in names if find(name) is None]
    created = (
        dict(zip(new, editor.create_tags(new, by=by, origin=origin), strict=True)) if new else {}
    )
    pairs = ((name, find(name)) for name in names)
    return [created[name] if number is None else number for name, number in pairs]


def _has(index: Index, own_tags: Collection[TagId], name: str) -> bool:
    """Tell whether an image with ``own_tags`` carries the tag itself, perhaps under an alias."""
    vocabulary = index.vocabulary
    canonical = vocabulary.resolve(name)
    return canonical is not None and any(vocabulary.canonical(tag) == canonical for tag in own_tags)
