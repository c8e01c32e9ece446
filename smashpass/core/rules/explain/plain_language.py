"""Decisions for people who have never seen a rule file: short sentences without symbols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smashpass.core.rules.compile.edits import Interval
from smashpass.core.rules.decision import AttributeReason, Decision, Flip, Step
from smashpass.core.rules.formatting import format_value

MOST = 3
"""More sentences nobody reads between two pictures."""
_NAMED = 3


def describe_tag(name: str) -> str:
    """Return a tag in natural word order, which the search box understands too: ``blonde hair``."""
    namespace, colon, value = name.rstrip("*").partition(":")
    if not colon:
        return namespace.replace("_", " ")
    return " ".join(part.replace("_", " ") for part in (value, namespace) if part)


def describe_attribute(name: str) -> str:
    """Return an attribute without its namespace: ``width``, ``smash rate``."""
    return name.partition(".")[2].replace("_", " ")


def describe_interval(attr: str, cells: Sequence[Interval]) -> str:
    """Return a run of an attribute's values: ``a width of at least 512``."""
    first, last = cells[0], cells[-1]
    subject = f"a {describe_attribute(attr)}"
    if isinstance(first.value, str | bool):
        return f"{subject} of {' or '.join(format_value(cell.value) for cell in cells)}"
    if first is last and first.is_point:
        return f"{subject} of {format_value(first.value)}"
    ends = []
    if first.low > float("-inf"):
        ends.append(f"{'at least' if first.is_point else 'more than'} {format_value(first.low)}")
    if last.high < float("inf"):
        ends.append(f"{'at most' if last.is_point else 'less than'} {format_value(last.high)}")
    return f"{subject} of {' and '.join(ends)}" if ends else f"a known {describe_attribute(attr)}"


def describe_change(new_tags: Iterable[str], removed: Iterable[str], moved: Iterable[str]) -> str:
    """Return changes in plain language: ``with blonde hair and without hat``."""
    with_ = [*map(describe_tag, sorted(new_tags)), *moved]
    without = [describe_tag(name) for name in sorted(removed)]
    parts = []
    if with_:
        parts.append(f"with {_and(with_)}")
    if without:
        parts.append(f"without {_or(without)}")
    return " and ".join(parts)


def sentences(decision: Decision) -> tuple[str, ...]:
    """Return up to three sentences: why, what counted, and what would have flipped it.

    The last two are only known for an explained decision.
    """
    parts = [_sentence(decision.reason)]
    counted = _counted(decision.path or ())
    if counted:
        parts.append(f"What counted was {counted}.")
    if decision.flip:
        parts.append(describe_flip(decision.flip[0]))
    elif decision.flip == ():
        parts.append("No small change to the picture would flip this verdict.")
    return tuple(parts[:MOST])


def describe_flip(flip: Flip) -> str:
    """Return one change as a sentence, ``With blonde hair it would be a smash``."""
    text = flip.plain_text or flip.change
    return f"{text[:1].upper()}{text[1:]} it would be a {flip.verdict}."


def _counted(path: Iterable[Step]) -> str:
    """Return the reasons of the tests that held, the deepest first, each once."""
    reasons: dict[str, None] = {}
    for step in reversed([step for step in path if step.result]):
        for reason in step.because:
            if not isinstance(reason, AttributeReason):
                via = "" if reason.via is None else f" (from {describe_tag(reason.via)})"
                reasons[f"{describe_tag(reason.tag)}{via}"] = None
            elif reason.value is not None:
                reasons[f"a {describe_attribute(reason.attr)} of {format_value(reason.value)}"] = (
                    None
                )
    return _and(list(reasons)[:_NAMED])


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _and(items: Sequence[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _or(items: Sequence[str]) -> str:
    return " or ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
