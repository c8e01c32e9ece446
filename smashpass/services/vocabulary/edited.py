"""The vocabulary after an edit: what it would be, what is new, and whether it is consistent."""

from __future__ import annotations

from smashpass.core.errors import Conflict
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary


def edited(vocabulary: Vocabulary, edit: VocabularyPlan) -> Vocabulary:
    """Return the vocabulary after ``edit``; new names get provisional ids at the end."""
    names = [*vocabulary.names, *new_names(vocabulary, edit)]
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


def new_names(vocabulary: Vocabulary, edit: VocabularyPlan) -> list[str]:
    """Return the names that ``edit`` would add to the vocabulary."""
    pairs = (*edit.aliased, *edit.implied)
    names = dict.fromkeys([*edit.names, *(name for pair in pairs for name in pair)])
    return [name for name in names if vocabulary.find(name) is None]


def refuse_nonsense(before: Vocabulary, edit: VocabularyPlan) -> None:
    """Check the vocabulary that ``edit`` would lead to, where no plan has made the edit.

    Raises:
        Conflict: A name would stand for two tags, or for one that is an alias itself; an alias
            would have implications; or tags would imply each other in a circle.
    """
    hint = "the vocabulary was edited since; undo that first"
    freed = {alias for alias, _ in edit.unaliased}
    for alias, new_target in edit.aliased:
        standing = target_of(before, alias)
        if standing not in (None, new_target) and alias not in freed:
            raise Conflict(f"{alias!r} is an alias of {standing!r} by now", hint=hint)
    after = edited(before, edit)
    names = after.names
    for target in after.aliases.values():
        if target in after.aliases:
            raise Conflict(f"{names[target]!r} would be an alias with aliases", hint=hint)
    for tag, implied in after.implications.items():
        for end in (tag, *implied):
            if end in after.aliases:
                raise Conflict(f"{names[end]!r} would be an alias with implications", hint=hint)
    for name, _ in edit.implied:
        start = after.find(name)
        assert start is not None
        if any(start in after.implied(other) for other in after.implications.get(start, ())):
            raise Conflict(f"{name!r} would imply itself in a circle", hint=hint)


def target_of(vocabulary: Vocabulary, name: str) -> str | None:
    """Return the tag that ``name`` is an alias of, or None."""
    tag = vocabulary.find(name)
    target = vocabulary.aliases.get(tag) if tag is not None else None
    return vocabulary.names[target] if target is not None else None
