"""Planning vocabulary edits: aliases, implications, renames and merges, each checked first.

Everything here is virtual: an edit changes the vocabulary and rewrites no image, so it can be
taken back. Its effect on the library is measured by ``preview``.
"""

from __future__ import annotations

from dataclasses import replace

from smashpass.core.errors import Conflict, NotFound
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.core.tags.names import normalise
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.vocabulary.edited import edited, target_of


def plan_alias(vocabulary: Vocabulary, alias: str, tag: str) -> VocabularyPlan:
    """Return the edit that makes ``alias`` an alias of ``tag``.

    Names that stood for ``alias`` will stand for ``tag``, so there are never chains. If ``tag``
    is an alias of ``alias`` today, the two are exchanged.

    Raises:
        BadTag: A name is not a valid tag name.
        NotFound: There is no tag of either name.
        Conflict: The two are one; ``tag`` is an alias of a third; ``alias`` is an alias of
            another tag already, or has implications, which would be lost.
    """
    alias, tag = normalise(alias), normalise(tag)
    _refuse_same(alias, tag)
    _require_one(vocabulary, tag, alias)
    exchanged = target_of(vocabulary, tag) == alias
    if not exchanged:
        _refuse_alias(vocabulary, tag)
    standing = target_of(vocabulary, alias)
    if standing == tag:
        raise Conflict(f"{alias!r} is an alias of {tag!r} already")
    if standing is not None:
        raise Conflict(
            f"{alias!r} is an alias of {standing!r} already", hint="remove that alias first"
        )
    bound = _implications_of(vocabulary, alias)
    if bound and not exchanged:
        pairs = ", ".join(f"{first} → {second}" for first, second in bound)
        raise Conflict(
            f"{alias!r} has implications: {pairs}", hint="merge the tags, or remove these first"
        )
    return _move(vocabulary, alias, tag)


def plan_rename(vocabulary: Vocabulary, old: str, new: str) -> VocabularyPlan:
    """Return the edit after which ``old`` is called ``new``; the old name stays as an alias.

    Raises:
        BadTag: A name is not a valid tag name.
        NotFound: There is no tag ``old``.
        Conflict: A tag ``new`` exists and is not an alias of ``old``.
    """
    old, new = normalise(old), normalise(new)
    _refuse_same(old, new)
    _refuse_alias(vocabulary, require_tag(vocabulary, old))
    if vocabulary.find(new) is not None and target_of(vocabulary, new) != old:
        raise Conflict(f"the tag {new!r} exists already", hint="merge the tags instead")
    return _move(vocabulary, old, new)


def plan_merge(vocabulary: Vocabulary, tag: str, into: str) -> VocabularyPlan:
    """Return the edit after which all of ``tag`` counts as ``into``, implications included.

    Raises:
        BadTag: A name is not a valid tag name.
        NotFound: One of the tags does not exist.
        Conflict: One of them is an alias, or both are one.
    """
    tag, into = normalise(tag), normalise(into)
    _refuse_same(tag, into)
    for name in (tag, into):
        _refuse_alias(vocabulary, require_tag(vocabulary, name))
    return _move(vocabulary, tag, into)


def plan_implication(vocabulary: Vocabulary, tag: str, implied: str) -> VocabularyPlan:
    """Return the edit after which whoever has ``tag`` has ``implied``.

    Raises:
        BadTag: A name is not a valid tag name.
        NotFound: There is no tag of either name.
        Conflict: An end is an alias, the two are one, it would close a circle, or it follows
            from what is there.
    """
    tag, implied = normalise(tag), normalise(implied)
    if tag == implied:
        raise Conflict(f"{tag!r} cannot imply itself")
    _require_one(vocabulary, tag, implied)
    for name in (tag, implied):
        _refuse_alias(vocabulary, name)
    tag_id, implied_id = vocabulary.find(tag), vocabulary.find(implied)
    if tag_id is not None and implied_id is not None:
        if tag_id in vocabulary.implied(implied_id):
            raise Conflict(
                f"{implied!r} implies {tag!r} already, so this would close a circle",
                hint="remove that implication, or merge the tags",
            )
        if implied_id in vocabulary.implied(tag_id):
            raise Conflict(f"{tag!r} implies {implied!r} already")
    return VocabularyPlan(implied=((tag, implied),))


def plan_unalias(vocabulary: Vocabulary, alias: str, tag: str | None = None) -> VocabularyPlan:
    """Return the edit after which ``alias`` stands for itself again.

    Raises:
        BadTag: A name is not a valid tag name.
        NotFound: There is no such alias, or not of ``tag``, if that is given.
    """
    alias = require_tag(vocabulary, normalise(alias))
    standing = target_of(vocabulary, alias)
    if standing is None:
        raise NotFound(f"{alias!r} is not an alias", hint="see `smashpass tags show`")
    if tag is not None and normalise(tag) != standing:
        raise NotFound(
            f"{alias!r} is not an alias of {normalise(tag)!r}",
            hint=f"it is an alias of {standing!r}",
        )
    return VocabularyPlan(unaliased=((alias, standing),))


def plan_unimplication(vocabulary: Vocabulary, tag: str, implied: str) -> VocabularyPlan:
    """Return the edit after which ``tag`` does not directly imply ``implied`` any more.

    Raises:
        BadTag: A name is not a valid tag name.
        NotFound: There is no such implication.
    """
    pair = (normalise(tag), normalise(implied))
    for name in pair:
        require_tag(vocabulary, name)
    direct = [
        target for source, target in _implications_of(vocabulary, pair[0]) if source == pair[0]
    ]
    if pair[1] not in direct:
        raise NotFound(
            f"{pair[0]!r} does not directly imply {pair[1]!r}",
            hint=f"it implies {', '.join(direct) or 'nothing'}",
        )
    return VocabularyPlan(unimplied=(pair,))


def plan_deprecation(vocabulary: Vocabulary, tag: str, *, back: bool = False) -> VocabularyPlan:
    """Return the edit after which new images should not get ``tag``, or with ``back`` should.

    Raises:
        BadTag: The name is not a valid tag name.
        NotFound: There is no such tag.
        Conflict: It is an alias.
    """
    name = require_tag(vocabulary, normalise(tag))
    _refuse_alias(vocabulary, name)
    return VocabularyPlan(restored=(name,)) if back else VocabularyPlan(deprecated=(name,))


def require_tag(vocabulary: Vocabulary, name: str) -> str:
    """Return ``name`` if there is such a tag or alias.

    Raises:
        NotFound: There is none; the nearest names are proposed.
    """
    if vocabulary.find(name) is None:
        near = vocabulary.nearest(name)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `smashpass tags list`"
        raise NotFound(f"there is no tag {name!r}", hint=hint, suggestions=near)
    return name


def _require_one(vocabulary: Vocabulary, name: str, other: str) -> None:
    """Refuse two names that are both unknown: more likely a typo than intended."""
    if vocabulary.find(other) is None:
        require_tag(vocabulary, name)


def _move(vocabulary: Vocabulary, old: str, new: str) -> VocabularyPlan:
    """Return the edit that makes ``old`` an alias of ``new`` and hands over what it had."""
    names = vocabulary.names
    stands_for_old = [
        (names[alias], old) for alias, tag in vocabulary.aliases.items() if names[tag] == old
    ]
    bound = _implications_of(vocabulary, old)
    moved = [tuple(new if end == old else end for end in pair) for pair in bound]
    edit = VocabularyPlan(
        unaliased=tuple(stands_for_old),
        aliased=((old, new), *((alias, new) for alias, _ in stands_for_old if alias != new)),
        unimplied=tuple(bound),
    )
    # Handed over one by one: what would close a circle or follows already is left out.
    for tag, implied in moved:
        now = edited(vocabulary, edit)
        tag_id, implied_id = now.find(tag), now.find(implied)
        both_exist = tag_id is not None and implied_id is not None
        if tag == implied or (
            both_exist and (tag_id in now.implied(implied_id) or implied_id in now.implied(tag_id))  # type: ignore[arg-type]
        ):
            continue
        edit = replace(edit, implied=(*edit.implied, (tag, implied)))
    return edit


def _refuse_same(first: str, second: str) -> None:
    """Raise Conflict if two names are one."""
    if first == second:
        raise Conflict(f"{first!r} cannot stand for itself", hint="name two different tags")


def _refuse_alias(vocabulary: Vocabulary, name: str) -> None:
    """Raise Conflict if ``name`` is an alias: it has no life of its own."""
    target = target_of(vocabulary, name)
    if target is not None:
        raise Conflict(f"{name!r} is an alias of {target!r}", hint=f"use {target!r}")


def _implications_of(vocabulary: Vocabulary, name: str) -> list[tuple[str, str]]:
    """Return the direct implications from and to ``name``."""
    names = vocabulary.names
    return [
        (names[tag], names[other])
        for tag, implied in vocabulary.implications.items()
        for other in sorted(implied)
        if name in (names[tag], names[other])
    ]
