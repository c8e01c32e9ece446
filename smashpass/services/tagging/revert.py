"""Reverting: a change is undone by another one, so that both stay in the log."""

from __future__ import annotations

from collections.abc import Iterable

from smashpass.core.errors import Conflict
from smashpass.core.library.stored import ImageState
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import (
    Change,
    RevisionEdit,
    StateEdit,
    TagEdit,
    TagEdits,
    Texts,
    VocabularyEdit,
    VocabularyPlan,
)
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.ports.library import ChangeLog, LibraryStore
from smashpass.services.vocabulary.apply import apply_plan
from smashpass.services.vocabulary.edited import refuse_nonsense

_STATES: tuple[tuple[ImageState, ImageState], ...] = (("live", "hidden"), ("hidden", "live"))
"""From which state to which: of images that were shown, and of those that were hidden."""


def revert(
    log: ChangeLog, editor: LibraryStore, seq: int, *, by: str, origin: str, reason: str = ""
) -> Change | None:
    """Undo a change; what others did since stays. Returns the new entry, None if nothing is left.

    What was taken down stays so, also where somebody else had hidden it before.

    Raises:
        NotFound: There is no such change.
        Conflict: It is of a kind that is not undone this way; says which way is. Or words were
            edited since, so that undoing it would make a chain of aliases or a circle.
    """
    change = log.get(seq)
    why = reason or f"revert of change {seq}"
    action, target = AuditAction.CHANGE_REVERT, str(seq)
    match change.body():
        case TagEdits(edits):
            turned = [TagEdit(edit.tag, added=edit.removed, removed=edit.added) for edit in edits]
            return editor.apply_tag_edits(
                turned, by=by, origin=origin, reason=why, action=action, target=target
            )
        case StateEdit(hidden, shown):
            if hidden and shown:
                raise Conflict("this change both hid and showed images", hint="do it by hand")
            before, after = _STATES[bool(hidden)]
            current = in_state(editor, hidden or shown, before)
            if hidden and not current and in_state(editor, hidden, "taken_down"):
                raise Conflict("these images were taken down", hint="see the moderation page")
            return editor.set_state(
                current, after, by=by, origin=origin, reason=why, action=action, target=target
            )
        case VocabularyEdit() as edit:
            return apply_plan(
                editor,
                lambda vocabulary: _turned(edit, vocabulary),
                by=by,
                origin=origin,
                reason=why,
                action=action,
                target=target,
            )
        case RevisionEdit():
            raise Conflict(
                "rules are not reverted here", hint="roll back: POST /api/v1/admin/rules/rollback"
            )
        case _:
            raise Conflict(
                f"a change of the kind {change.kind!r} cannot be undone",
                hint="hide the images, or import them again with --on-existing overwrite",
            )


def in_state(editor: LibraryStore, images: Iterable[int], state: ImageState) -> list[int]:
    """Return those of ``images`` that are in a state."""
    return [image.ordinal for image in editor.images(images) if image.state == state]


def _turned(edit: VocabularyEdit, vocabulary: Vocabulary) -> VocabularyPlan:
    """Return the vocabulary edit that undoes another. New names stay: they may be in use.

    What was taken back by somebody else in the meantime needs no undoing.
    """
    names = vocabulary.names

    def name_pairs(pairs: Iterable[tuple[TagId, TagId]]) -> tuple[tuple[str, str], ...]:
        return tuple((names[first], names[second]) for first, second in pairs)

    standing = [pair for pair in edit.aliased if vocabulary.aliases.get(pair[0]) == pair[1]]
    implying = [
        pair
        for pair in edit.implied
        if pair[1] in vocabulary.implications.get(pair[0], frozenset())
    ]
    described: list[tuple[str, Texts]] = [(names[tag], before) for tag, before, _ in edit.described]
    plan = VocabularyPlan(
        aliased=name_pairs(edit.unaliased),
        unaliased=name_pairs(standing),
        implied=name_pairs(edit.unimplied),
        unimplied=name_pairs(implying),
        deprecated=tuple(names[tag] for tag in edit.restored),
        restored=tuple(names[tag] for tag in edit.deprecated),
        described=tuple(described),
        labelled=tuple((names[tag], language, old) for tag, language, old, _ in edit.labelled),
    )
    refuse_nonsense(vocabulary, plan)
    return plan
