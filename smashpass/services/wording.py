"""Shaping the vocabulary: aliases, implications, renames and merges, checked and foreseen.

Everything here is virtual: an edit changes words, and no image is rewritten. So its exact effect
is known before it is made, by comparing image sets, and it can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from smashpass.core.change import WordEdit
from smashpass.core.changes import IndexChanges
from smashpass.core.errors import Conflict, NotFound
from smashpass.core.imageset import EMPTY, ImageSet, union
from smashpass.core.index import Index
from smashpass.core.rules.algebra import partition
from smashpass.core.rules.tree import Leaf, Tree, leaves
from smashpass.core.tags import TagId, normalise
from smashpass.core.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Impact:
    """What an edit would do to the library, exactly.

    Attributes:
        images: Images whose tags would change.
        added: Tags that images would gain, counted once for each image.
        removed: Tags that images would lose, likewise.
        verdicts: Images whose verdict would turn in at least one active tree.
    """

    images: int
    added: int
    removed: int
    verdicts: int

    def as_json(self) -> dict[str, int]:
        """The impact as dry runs print it."""
        return {
            "images": self.images,
            "added": self.added,
            "removed": self.removed,
            "verdicts": self.verdicts,
        }


def plan_alias(vocabulary: Vocabulary, alias: str, tag: str) -> WordEdit:
    """Return the edit that makes ``alias`` another name of ``tag``.

    Names that stood for ``alias`` will stand for ``tag``, so there are never chains. If ``tag``
    is an alias of ``alias`` today, the two are exchanged.

    Raises:
        BadTag: A name can be none.
        Conflict: The two are one; ``tag`` is an alias of a third; ``alias`` is an alias of
            another tag already, or has implications, which would be lost.
    """
    alias, tag = normalise(alias), normalise(tag)
    exchanged = _target(vocabulary, tag) == alias
    if not exchanged:
        _refuse_alias(vocabulary, tag)
    standing = _target(vocabulary, alias)
    if standing == tag:
        raise Conflict(f"{alias!r} is an alias of {tag!r} already")
    if standing is not None:
        raise Conflict(
            f"{alias!r} is an alias of {standing!r} already", hint="remove that alias first"
        )
    bound = _implications_of(vocabulary, alias)
    if bound and not exchanged:
        pairs = ", ".join(f"{one} → {other}" for one, other in bound)
        raise Conflict(
            f"{alias!r} has implications: {pairs}", hint="merge the tags, or remove these first"
        )
    return _move(vocabulary, alias, tag)


def plan_rename(vocabulary: Vocabulary, old: str, new: str) -> WordEdit:
    """Return the edit after which ``old`` is called ``new``; the old name stays as an alias.

    Raises:
        BadTag: A name can be none.
        NotFound: There is no tag ``old``.
        Conflict: A tag ``new`` exists and is not an alias of ``old``.
    """
    old, new = normalise(old), normalise(new)
    _refuse_alias(vocabulary, _known(vocabulary, old))
    if vocabulary.find(new) is not None and _target(vocabulary, new) != old:
        raise Conflict(f"the tag {new!r} exists already", hint="merge the tags instead")
    return _move(vocabulary, old, new)


def plan_merge(vocabulary: Vocabulary, tag: str, into: str) -> WordEdit:
    """Return the edit after which all of ``tag`` counts as ``into``, implications included.

    Raises:
        BadTag: A name can be none.
        NotFound: One of the tags does not exist.
        Conflict: One of them is an alias, or both are one.
    """
    tag, into = normalise(tag), normalise(into)
    for name in (tag, into):
        _refuse_alias(vocabulary, _known(vocabulary, name))
    return _move(vocabulary, tag, into)


def plan_implication(vocabulary: Vocabulary, tag: str, implied: str) -> WordEdit:
    """Return the edit after which whoever has ``tag`` has ``implied``.

    Raises:
        BadTag: A name can be none.
        Conflict: An end is an alias, the two are one, it would close a circle, or it follows
            from what is there.
    """
    tag, implied = normalise(tag), normalise(implied)
    if tag == implied:
        raise Conflict(f"{tag!r} cannot imply itself")
    for name in (tag, implied):
        _refuse_alias(vocabulary, name)
    one, other = vocabulary.find(tag), vocabulary.find(implied)
    if one is not None and other is not None:
        if one in vocabulary.implied(other):
            raise Conflict(
                f"{implied!r} implies {tag!r} already, so this would close a circle",
                hint="remove that implication, or merge the tags",
            )
        if other in vocabulary.implied(one):
            raise Conflict(f"{tag!r} implies {implied!r} already")
    return WordEdit(implied=((tag, implied),))


def impact_of(index: Index, edit: WordEdit, trees: Sequence[Tree]) -> Impact:
    """Return what ``edit`` would do, exactly, without doing it.

    Cost: set algebra over the tags touched, and two decisions of the whole library a tree.
    """
    before = index.vocabulary
    after = edited(before, edit)
    changed = index.with_changes(IndexChanges(vocabulary=after), index.version)
    touched, added, removed = EMPTY, 0, 0
    for tag in _touched(before, after, edit):
        had = index.having(tag) if _canonical(before, tag) else EMPTY
        has = changed.having(tag) if _canonical(after, tag) else EMPTY
        added += len(has - had)
        removed += len(had - has)
        touched = touched | (has ^ had)
    turned = union(_turned(tree, index, changed) for tree in trees)
    return Impact(len(touched), added, removed, len(turned))


def edited(vocabulary: Vocabulary, edit: WordEdit) -> Vocabulary:
    """Return the vocabulary after ``edit``; new names get provisional ids at the end."""
    pairs = (*edit.aliased, *edit.implied)
    wanted = dict.fromkeys([*edit.names, *(name for pair in pairs for name in pair)])
    names = [*vocabulary.names, *(name for name in wanted if vocabulary.find(name) is None)]
    ids = {name: TagId(number) for number, name in enumerate(names)}
    aliases = dict(vocabulary.aliases)
    for alias, _ in edit.unaliased:
        aliases.pop(ids[alias], None)
    aliases |= {ids[alias]: ids[tag] for alias, tag in edit.aliased}
    implications = {tag: set(implied) for tag, implied in vocabulary.implications.items()}
    for tag, implied in edit.unimplied:
        implications.get(ids[tag], set()).discard(ids[implied])
    for tag, implied in edit.implied:
        implications.setdefault(ids[tag], set()).add(ids[implied])
    deprecated = vocabulary.deprecated | {ids[name] for name in edit.deprecated}
    return Vocabulary(
        names=tuple(names),
        aliases=aliases,
        implications={tag: frozenset(implied) for tag, implied in implications.items() if implied},
        deprecated=frozenset(deprecated - {ids[name] for name in edit.restored}),
    )


def _move(vocabulary: Vocabulary, old: str, new: str) -> WordEdit:
    """Return the edit that makes ``old`` an alias of ``new`` and hands over what it had."""
    if old == new:
        raise Conflict(f"{old!r} cannot stand for itself")
    names = vocabulary.names
    stands_for_old = [
        (names[alias], old) for alias, tag in vocabulary.aliases.items() if names[tag] == old
    ]
    bound = _implications_of(vocabulary, old)
    moved = [tuple(new if end == old else end for end in pair) for pair in bound]
    edit = WordEdit(
        unaliased=tuple(stands_for_old),
        aliased=((old, new), *((alias, new) for alias, _ in stands_for_old if alias != new)),
        unimplied=tuple(bound),
    )
    # Handed over one by one: what would close a circle or follows already is left out.
    for tag, implied in moved:
        now = edited(vocabulary, edit)
        one, other = now.find(tag), now.find(implied)
        known = one is not None and other is not None
        if tag == implied or (
            known and (one in now.implied(other) or other in now.implied(one))  # type: ignore[arg-type]
        ):
            continue
        edit = replace(edit, implied=(*edit.implied, (tag, implied)))
    return edit


def _known(vocabulary: Vocabulary, name: str) -> str:
    """Return ``name`` if there is such a tag."""
    if vocabulary.find(name) is None:
        near = vocabulary.nearest(name)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `smashpass tags list`"
        raise NotFound(f"there is no tag {name!r}", hint=hint, suggestions=near)
    return name


def _target(vocabulary: Vocabulary, name: str) -> str | None:
    """Return the tag that ``name`` is an alias of, or None."""
    tag = vocabulary.find(name)
    target = vocabulary.aliases.get(tag) if tag is not None else None
    return vocabulary.names[target] if target is not None else None


def _refuse_alias(vocabulary: Vocabulary, name: str) -> None:
    """Raise Conflict if ``name`` is an alias: it has no life of its own."""
    target = _target(vocabulary, name)
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


def _canonical(vocabulary: Vocabulary, tag: TagId) -> bool:
    """Whether ``tag`` is known and no alias."""
    return tag < len(vocabulary.names) and tag not in vocabulary.aliases


def _touched(before: Vocabulary, after: Vocabulary, edit: WordEdit) -> Iterable[TagId]:
    """Return every tag whose images may differ: the ends of all pairs and what they imply."""
    pairs = (*edit.aliased, *edit.unaliased, *edit.implied, *edit.unimplied)
    touched: set[TagId] = set()
    for name in {name for pair in pairs for name in pair}:
        for vocabulary in (before, after):
            tag = vocabulary.find(name)
            if tag is not None:
                canonical = vocabulary.canonical(tag)
                touched |= {tag, canonical, *vocabulary.implied(canonical)}
    return sorted(touched)


def _turned(tree: Tree, before: Index, after: Index) -> ImageSet:
    """Return the images whose verdict by ``tree`` differs; undecided and drawn ones left out."""
    old, new = _verdicts(tree, before), _verdicts(tree, after)
    return (old["smash"] & new["pass"]) | (old["pass"] & new["smash"])


def _verdicts(tree: Tree, index: Index) -> dict[str, ImageSet]:
    """Return the images of each verdict that the library alone decides."""
    decided = partition(tree, index).leaves
    sets: dict[str, ImageSet] = {"smash": EMPTY, "pass": EMPTY}
    for leaf in leaves(tree.root):
        if isinstance(leaf, Leaf):
            sets[leaf.verdict] = sets[leaf.verdict] | decided.get(leaf.id, EMPTY)
    return sets
