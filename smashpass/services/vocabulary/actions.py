"""Actions on one tag: planned, previewed, and performed through every door alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from smashpass.core.errors import BadInput
from smashpass.core.library.index import Index
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import Change, Texts, VocabularyPlan
from smashpass.core.rules.tree import Tree
from smashpass.core.tags.lookalikes import look_alikes, warnings
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.ports.library import LibraryStore
from smashpass.services.vocabulary.apply import apply_plan
from smashpass.services.vocabulary.edited import new_names
from smashpass.services.vocabulary.plans import (
    plan_alias,
    plan_deprecation,
    plan_implication,
    plan_merge,
    plan_rename,
    plan_unalias,
    plan_unimplication,
)
from smashpass.services.vocabulary.preview import VocabularyImpact, impact_of
from smashpass.services.vocabulary.texts import plan_label, plan_texts


@dataclass(frozen=True, slots=True)
class TagAction:
    """Something that somebody does to a tag.

    Attributes:
        action: One of ``ACTIONS``.
        tag: The tag that it is done to.
        other: The other tag or name, where the action needs one; a language for ``label``.
        texts: Category, label and description, for ``describe``; the second for ``label``.
    """

    action: str
    tag: str
    other: str = ""
    texts: Texts = ("", "", "")

    @property
    def audited(self) -> AuditAction:
        """Its name in the audit trail."""
        return _type_of(self).audited

    @property
    def target(self) -> str:
        """What the audit trail says that it was done to."""
        # An alias alone says which one is removed; not every door asks for its tag.
        if self.action == "unalias":
            return self.other
        return f"{self.tag} {self.other}".strip()


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action would do: the edit, line by line, and its exact effect on the library.

    ``warnings`` name new names that look like others.
    """

    edit: VocabularyPlan
    lines: tuple[str, ...]
    impact: VocabularyImpact
    warnings: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A digest that differs whenever the edit or its effect differs."""
        effect = ",".join(map(str, self.impact.as_json().values()))
        return sha256("\n".join((effect, *self.lines)).encode()).hexdigest()[:32]


Planner = Callable[[Vocabulary, TagAction], VocabularyPlan]


@dataclass(frozen=True, slots=True)
class _ActionType:
    """An action that exists: how it is planned, and its name in the audit trail."""

    plan: Planner
    audited: AuditAction


ACTIONS: Mapping[str, _ActionType] = {
    "alias": _ActionType(
        lambda vocabulary, action: plan_alias(vocabulary, action.other, action.tag),
        AuditAction.TAG_ALIAS,
    ),
    "unalias": _ActionType(
        lambda vocabulary, action: plan_unalias(vocabulary, action.other, action.tag or None),
        AuditAction.TAG_UNALIAS,
    ),
    "imply": _ActionType(
        lambda vocabulary, action: plan_implication(vocabulary, action.tag, action.other),
        AuditAction.TAG_IMPLY,
    ),
    "unimply": _ActionType(
        lambda vocabulary, action: plan_unimplication(vocabulary, action.tag, action.other),
        AuditAction.TAG_UNIMPLY,
    ),
    "rename": _ActionType(
        lambda vocabulary, action: plan_rename(vocabulary, action.tag, action.other),
        AuditAction.TAG_RENAME,
    ),
    "merge": _ActionType(
        lambda vocabulary, action: plan_merge(vocabulary, action.tag, action.other),
        AuditAction.TAG_MERGE,
    ),
    "describe": _ActionType(
        lambda vocabulary, action: plan_texts(vocabulary, action.tag, action.texts),
        AuditAction.TAG_DESCRIBE,
    ),
    "label": _ActionType(
        lambda vocabulary, action: plan_label(
            vocabulary, action.tag, action.other, action.texts[1]
        ),
        AuditAction.TAG_LABEL,
    ),
    "deprecate": _ActionType(
        lambda vocabulary, action: plan_deprecation(vocabulary, action.tag),
        AuditAction.TAG_DEPRECATE,
    ),
    "restore": _ActionType(
        lambda vocabulary, action: plan_deprecation(vocabulary, action.tag, back=True),
        AuditAction.TAG_RESTORE,
    ),
}
"""Every action on a tag, by the name that forms send."""


def plan(vocabulary: Vocabulary, action: TagAction) -> VocabularyPlan:
    """Return the edit that an action makes.

    Raises:
        BadInput: There is no such action, or a text cannot be used.
        NotFound: A tag does not exist.
        Conflict: It contradicts the vocabulary; the message says how.
    """
    return _type_of(action).plan(vocabulary, action)


def preview(index: Index, trees: Sequence[Tree], action: TagAction) -> Preview:
    """Return what an action would do, exactly, without doing it.

    Raises:
        SmashpassError: As for :func:`plan`.
    """
    vocabulary = index.vocabulary
    edit = plan(vocabulary, action)
    alike = warnings(look_alikes(new_names(vocabulary, edit), vocabulary))
    return Preview(
        edit, tuple(describe(vocabulary, edit)), impact_of(index, edit, trees), tuple(alike)
    )


def perform(
    store: LibraryStore, action: TagAction, *, by: str, origin: str, reason: str | None
) -> Change | None:
    """Perform an action with its audit entry; return the log entry, or None if nothing changed.

    Args:
        store: The database's library.
        action: The action.
        by: Who does it.
        origin: Through which door.
        reason: Why; None if nobody asked for a reason.

    Raises:
        SmashpassError: As for :func:`plan`; BadInput too if the reason is empty.
    """
    return apply_plan(
        store,
        lambda vocabulary: plan(vocabulary, action),
        by=by,
        origin=origin,
        reason=reason,
        action=action.audited,
        target=action.target,
    )


def _type_of(action: TagAction) -> _ActionType:
    """Return the type of an action; BadInput if there is no such action."""
    action_type = ACTIONS.get(action.action)
    if action_type is None:
        raise BadInput(
            f"there is no action {action.action[:40]!r}", hint=f"use {', '.join(ACTIONS)}"
        )
    return action_type


def describe(vocabulary: Vocabulary, edit: VocabularyPlan) -> list[str]:
    """Return all that an edit does, a line each."""
    lines = [f"{name} is a new tag name" for name in new_names(vocabulary, edit)]
    moved = {alias for alias, _ in edit.aliased}
    lines += [
        f"{alias} is no longer an alias of {tag}"
        for alias, tag in edit.unaliased
        if alias not in moved
    ]
    lines += [f"{alias} becomes an alias of {tag}" for alias, tag in edit.aliased]
    lines += [f"{tag} no longer implies {implied}" for tag, implied in edit.unimplied]
    lines += [f"{tag} implies {implied}" for tag, implied in edit.implied]
    lines += [f"{tag} is deprecated: new images should not get it" for tag in edit.deprecated]
    lines += [f"{tag} is not deprecated any more" for tag in edit.restored]
    for tag, texts in edit.described:
        pairs = zip(("category", "label", "description"), texts, strict=True)
        lines += [f"{kind} of {tag}: {text or 'none'}" for kind, text in pairs]
    lines += [f"label of {tag} in {lang}: {label or 'none'}" for tag, lang, label in edit.labelled]
    return lines
