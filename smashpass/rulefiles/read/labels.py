"""Labels as written in one file: what people call the images that a test or node describes."""

from __future__ import annotations

from dataclasses import replace

from smashpass.core.rules.tree import AnswerWords
from smashpass.rulefiles.grammar import MAX_LABEL, WORDING
from smashpass.rulefiles.located import Entries
from smashpass.rulefiles.read.drafts import Missing, PredicateDraft, Single
from smashpass.rulefiles.read.fields import Fields, Mapped


def read_label(fields: Fields, mapped: Mapped) -> str:
    """Read the label of a node or leaf; "" if there is none, or none that can be used."""
    node = mapped.get("label")
    return "" if node is None else fields.line(node, "the label", MAX_LABEL) or ""


def labelled(fields: Fields, mapped: Mapped, draft: PredicateDraft) -> PredicateDraft:
    """Return a predicate with the label that is written beside it, if one is."""
    wording = _wording(fields, mapped)
    if wording is None or isinstance(draft, Missing):
        return draft
    if isinstance(draft, Single):
        return replace(draft, test=replace(draft.test, label=wording))
    return replace(draft, wording=wording)


def _wording(fields: Fields, mapped: Mapped) -> AnswerWords | None:
    node = mapped.get("label")
    if node is None:
        return None
    if not isinstance(node, Entries):
        text = fields.line(node, "the label", MAX_LABEL)
        return None if text is None else AnswerWords(text)
    both = fields.read_keys(node, WORDING)
    then, otherwise = (
        None if (value := both.get(key)) is None else fields.line(value, "the label", MAX_LABEL)
        for key in WORDING.allowed
    )
    return None if then is None or otherwise is None else AnswerWords(then, otherwise)
