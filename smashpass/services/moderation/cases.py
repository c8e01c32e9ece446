"""Deciding about notices: claimed first, then done, then kept with a statement of reasons.

A claim is what keeps two people from deciding one case. What a decision does to the image comes
before the decision is kept: killed between the two, the same decision again finishes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smashpass.clock import Clock
from smashpass.core.errors import BadInput, Conflict, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library.stored import ImageRecord, ImageState
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.notice import Notice, NoticeDecision, Outcome, Statement
from smashpass.core.text.reasons import read_reason
from smashpass.services.moderation.takedown import Takedown
from smashpass.services.ports.library import LibraryStore
from smashpass.services.ports.operations import AuditTrail, NoticeStore

ORIGIN = "moderation"
MAX_FACTS = 4_000
MAX_APPEAL = 2_000


@dataclass(frozen=True, slots=True)
class CaseDecisions:
    """Decides cases and appeals.

    Attributes:
        cases: Where notices are kept.
        library: Where images are.
        takedown: Takes images down.
        trail: The audit trail.
        find: Gives the ordinal of a public image id, None if the id is not valid.
        now: Gives the time in microseconds since 1970.
    """

    cases: NoticeStore
    library: LibraryStore
    takedown: Takedown
    trail: AuditTrail
    find: Callable[[str], Ordinal | None]
    now: Clock

    def decide(self, number: int, outcome: str, facts: str, ground: str, *, by: str) -> Notice:
        """Decide a case, or the appeal about it; return it as it is then.

        Args:
            number: Of the case.
            outcome: One of the case's ``outcomes``.
            facts: What happened and was looked at.
            ground: The law or the rule of this place that it rests on.
            by: Who decides; an appeal is decided by somebody else.

        Raises:
            BadInput: The statement is empty or no plain text, or nobody can decide so.
            NotFound: There is no such case.
            Conflict: Somebody else works on it, or it is decided.
        """
        statement = Statement(read_paragraphs(facts, "statement", MAX_FACTS), read_reason(ground))
        case = self.cases.claim(number, by)
        if case.state == "appealed" and case.first is not None and case.first.by == by:
            raise Conflict(
                "an appeal must be decided by somebody other than the first decider",
                hint="release the case, so that somebody else can take it",
            )
        chosen = next((allowed for allowed in case.outcomes if allowed == outcome), None)
        if chosen is None:
            raise BadInput(
                f"this cannot be decided as {outcome[:40]!r}",
                hint=f"choose {', '.join(case.outcomes)}",
            )
        change = self._do(case, chosen, by, f"case {case.reference}: {statement.ground}")
        decision = NoticeDecision(chosen, statement, by, self.now(), change)
        second_time = case.state == "appealed"
        keep = self.cases.decide_again if second_time else self.cases.decide
        decided = keep(number, decision)
        action = AuditAction.NOTICE_DECIDE_AGAIN if second_time else AuditAction.NOTICE_DECIDE
        detail = {"case": case.reference, "outcome": chosen, "change": change}
        self.trail.append(by, action, case.image, detail)
        return decided

    def appeal(self, token: str, text: str) -> Notice:
        """Appeal against the decision of the case at a public address; it can be done once.

        Raises:
            BadInput: The text is empty, too long, or no plain text.
            NotFound: There is no such case.
            Conflict: Nothing was decided yet, or it was appealed before.
        """
        appeal_text = read_paragraphs(text, "appeal", MAX_APPEAL)
        case = self.cases.appeal(self.cases.of_token(token).id, appeal_text)
        self.trail.append("public", AuditAction.NOTICE_APPEAL, case.image, {"case": case.reference})
        return case

    def together(self, image: str) -> int:
        """Return how many images a takedown of this one takes with it: all with its picture."""
        record = self.record(image)
        if record is None:
            return 0
        if not record.sha256:
            return 1
        pictures = self.library.same_pictures(record.sha256)
        return sum(len(self.library.with_picture(picture)) for picture in pictures)

    def record(self, image: str) -> ImageRecord | None:
        """Return all about the image of a case, None if there is none."""
        ordinal = self.find(image)
        records = [] if ordinal is None else self.library.images([ordinal])
        return records[0] if records else None

    def _do(self, case: Notice, outcome: Outcome, by: str, reason: str) -> int | None:
        """Do to the image what was decided; return the log entry, None if nothing changed."""
        record = self.record(case.image)
        if record is None:
            raise NotFound("the image of the case is not in the library")
        before = record.state
        target_state: ImageState | None = "hidden" if outcome == "hide" else None
        if outcome == "takedown":
            return self.takedown.image(
                record.ordinal, by=by, origin=ORIGIN, reason=reason[:500], kind=case.kind
            ).change
        if outcome == "keep" and before == "hidden" and case.first is not None:
            # The first decision hid it; nothing else is brought back into sight by this.
            target_state = "live" if case.first.outcome == "hide" else None
        if target_state is None or (before == "taken_down" and target_state == "hidden"):
            return None
        change = self.library.set_state(
            [record.ordinal], target_state, by=by, origin=ORIGIN, reason=reason[:500]
        )
        return None if change is None else change.seq


def read_paragraphs(text: str, field: str, longest: int) -> str:
    """Return a text of several lines as it is kept: no blanks at the ends, plain line breaks.

    Raises:
        BadInput: It is empty, too long, or holds an unprintable character.
    """
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    cleaned = "\n".join(lines)
    if not cleaned:
        raise BadInput(f"the {field} is empty", hint="write down what was found")
    if len(cleaned) > longest:
        raise BadInput(
            f"the {field} has {len(cleaned):,} characters", hint=f"use at most {longest:,}"
        )
    if not all(line.isprintable() for line in lines):
        raise BadInput(f"the {field} holds an unprintable character", hint="write plain text")
    return cleaned
