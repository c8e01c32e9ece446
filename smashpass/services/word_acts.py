"""Acts on one tag, by the names that pages use: planned, looked at beforehand, told in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from smashpass.core.change import Texts, WordEdit
from smashpass.core.errors import BadInput
from smashpass.core.index import Index
from smashpass.core.lookalikes import look_alikes, warnings
from smashpass.core.rules.tree import Tree
from smashpass.core.vocabulary import Vocabulary
from smashpass.services.describing import plan_label, plan_texts
from smashpass.services.edited_words import new_names
from smashpass.services.wording import (
    plan_alias,
    plan_deprecation,
    plan_implication,
    plan_merge,
    plan_rename,
    plan_unalias,
    plan_unimplication,
)
from smashpass.services.wording_impact import Impact, impact_of


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wishes for a tag.

    Attributes:
        act: One of ``ACTS``.
        tag: The tag whose page it is wished on.
        other: The other tag or name, where the act needs one; a language for the act ``label``.
        texts: Category, label and description, for the act ``describe``; the second for ``label``.
    """

    act: str
    tag: str
    other: str = ""
    texts: Texts = ("", "", "")


@dataclass(frozen=True, slots=True)
class Look:
    """What a wish would do: the edit, line by line, and its exact effect on the library.

    ``warnings`` tell of new names that look like others.
    """

    edit: WordEdit
    lines: tuple[str, ...]
    impact: Impact
    warnings: tuple[str, ...] = ()

    @property
    def seal(self) -> str:
        """A text that is another one if the edit or its effect is another one."""
        numbers = ",".join(map(str, self.impact.as_json().values()))
        return "\n".join((numbers, *self.lines))


Planner = Callable[[Vocabulary, Wish], WordEdit]

ACTS: Mapping[str, Planner] = {
    "alias": lambda words, wish: plan_alias(words, wish.other, wish.tag),
    "unalias": lambda words, wish: plan_unalias(words, wish.other, wish.tag),
    "imply": lambda words, wish: plan_implication(words, wish.tag, wish.other),
    "unimply": lambda words, wish: plan_unimplication(words, wish.tag, wish.other),
    "rename": lambda words, wish: plan_rename(words, wish.tag, wish.other),
    "merge": lambda words, wish: plan_merge(words, wish.tag, wish.other),
    "describe": lambda words, wish: plan_texts(words, wish.tag, wish.texts),
    "label": lambda words, wish: plan_label(words, wish.tag, wish.other, wish.texts[1]),
    "deprecate": lambda words, wish: plan_deprecation(words, wish.tag),
    "restore": lambda words, wish: plan_deprecation(words, wish.tag, back=True),
}


def plan(vocabulary: Vocabulary, wish: Wish) -> WordEdit:
    """Return the edit that fulfils a wish.

    Raises:
        BadInput: There is no such act, or a text can be none.
        NotFound: A tag does not exist.
        Conflict: It would make no sense with these words; says why.
    """
    planner = ACTS.get(wish.act)
    if planner is None:
        raise BadInput(f"there is no act {wish.act[:40]!r}", hint=f"use {', '.join(ACTS)}")
    return planner(vocabulary, wish)


def look(index: Index, trees: Sequence[Tree], wish: Wish) -> Look:
    """Return what a wish would do, exactly, without doing it.

    Raises:
        SmashpassError: As for :func:`plan`.
    """
    words = index.vocabulary
    edit = plan(words, wish)
    told = warnings(look_alikes(new_names(words, edit), words))
    return Look(edit, tuple(in_words(words, edit)), impact_of(index, edit, trees), tuple(told))


def in_words(vocabulary: Vocabulary, edit: WordEdit) -> list[str]:
    """Return all that an edit does, a line each: nothing moves without being told."""
    lines = [f"{name} is a new name" for name in new_names(vocabulary, edit)]
    moved = {alias for alias, _ in edit.aliased}
    lines += [
        f"{alias} is no longer another name of {tag}"
        for alias, tag in edit.unaliased
        if alias not in moved
    ]
    lines += [f"{alias} becomes another name of {tag}" for alias, tag in edit.aliased]
    lines += [f"{tag} no longer implies {implied}" for tag, implied in edit.unimplied]
    lines += [f"{tag} implies {implied}" for tag, implied in edit.implied]
    lines += [f"{tag} is deprecated: new images should not get it" for tag in edit.deprecated]
    lines += [f"{tag} is not deprecated any more" for tag in edit.restored]
    for tag, texts in edit.described:
        shown = zip(("category", "label", "description"), texts, strict=True)
        lines += [f"{kind} of {tag}: {text or 'none'}" for kind, text in shown]
    lines += [f"label of {tag} in {lang}: {label or 'none'}" for tag, lang, label in edit.labelled]
    return lines
