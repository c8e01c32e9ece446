"""Letting images out of quarantine: with the statements that were missing, and by whom.

That no real person is shown (or consented), and that nobody under age is, is stated by two
people: the first statement is noted in the audit trail, the second, by somebody else and the
same, releases the image. An image whose tags or label may say that somebody under age is shown
always needs both; then it stays shown although it has those tags.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from smashpass.core.errors import BadInput, Conflict, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library.credit import Credit
from smashpass.core.library.stored import ImageRecord
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import Change
from smashpass.core.protection.screening import Screening
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.text.reasons import read_reason
from smashpass.services.importing.rows.columns import CREDIT_COLUMNS
from smashpass.services.importing.rows.credits import CreditCheck, Statements
from smashpass.services.ports.library import LibraryStore, PictureFiles
from smashpass.services.ports.operations import AuditTrail

_OF_TWO = ("real_person", "consent", "depicts")


@dataclass(frozen=True, slots=True)
class ReleaseStatement:
    """What somebody states of an image; "" says nothing."""

    licence: str = ""
    digital_source_type: str = ""
    real_person: str = ""
    depicts: str = ""
    author: str = ""
    generator: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseOutcome:
    """What came of it: the log entry, or None where a second person has to state the same."""

    change: Change | None


def release(
    library: LibraryStore,
    trail: AuditTrail,
    ordinal: Ordinal,
    form: ReleaseStatement,
    *,
    screening: Screening,
    by: str,
    origin: str,
    reason: str,
) -> ReleaseOutcome:
    """Release an image from quarantine.

    Args:
        library: Where it is.
        trail: Where statements are noted.
        ordinal: Which image.
        form: What is stated now, besides what its row stated.
        screening: What may not be shown for its tags.
        by: Who states it.
        origin: By what way.
        reason: Why; kept in the change log.

    Raises:
        NotFound: There is no such image.
        Conflict: It is not in quarantine, or has a tag that keeps it from being shown.
        BadInput: A statement is missing or malformed; the message names all of them.
    """
    reason = read_reason(reason)
    records = library.images([ordinal])
    if not records:
        raise NotFound("there is no such image")
    image = records[0]
    if image.state != "quarantined":
        raise Conflict(f"the image is not in quarantine but {image.state.replace('_', ' ')}")
    vocabulary = library.vocabulary()
    reviewed = _reviewed_tags(image, screening, vocabulary)
    stated = _stated(image.credit)
    statement = {
        entry.name: getattr(form, entry.name).strip() for entry in fields(ReleaseStatement)
    }
    texts = [statement.get(column, "") or stated[column] for column in CREDIT_COLUMNS]
    judged = CreditCheck(Statements(), screening.terms).judge(texts)
    if judged.defects:
        raise BadInput("; ".join(defect.reason for defect in judged.defects))
    detail = {name: getattr(judged.credit, name) for name in _OF_TWO}
    under_review = bool(reviewed or screening.terms.severity_of_text(image.label))
    if under_review and not statement["depicts"]:
        raise BadInput(
            "depicts is missing: a tag or the label may say that somebody under age is shown",
            hint="look at the picture and state adult, creature or object; so must a second person",
        )
    if reviewed:
        detail["reviewed"] = sorted(vocabulary.names[tag] for tag in reviewed)
    if any(statement[name] for name in _OF_TWO):
        target = str(int(ordinal))
        others = [
            entry
            for entry in trail.about(AuditAction.QUARANTINE_STATE, target)
            if entry.actor != by
        ]
        if not any(entry.detail == detail for entry in others):
            trail.append(by, AuditAction.QUARANTINE_STATE, target, detail)
            return ReleaseOutcome(None)
    change = library.release(
        ordinal,
        judged.credit,
        cleared=reviewed,
        by=by,
        origin=origin,
        reason=reason,
        action=AuditAction.QUARANTINE_RELEASE,
        target=str(int(ordinal)),
    )
    return ReleaseOutcome(change)


def _reviewed_tags(
    image: ImageRecord, screening: Screening, vocabulary: Vocabulary
) -> frozenset[TagId]:
    """Return the tags that two people have to look at first.

    Raises:
        Conflict: A tag of the image keeps it from being shown at all.
    """
    screened = screening.tags(vocabulary)
    for tags, why in (
        (screened.refuse, "which says that somebody under age is shown"),
        (screened.denied, "which is denied here"),
    ):
        forbidden = min(
            (vocabulary.names[tag] for tag in tags.intersection(image.tags)), default=""
        )
        if forbidden:
            raise Conflict(f"tagged {forbidden!a}, {why}", hint="remove the tag if it is wrong")
    return screening.reviewed_tags(vocabulary, image.tags)


def real_person_stated(credit: Credit) -> str:
    """Return what a row in quarantine stated of a real person: true, false, "" for nothing.

    What is not stated is kept as a real person without consent.
    """
    if not credit.real_person:
        return "false"
    return "true" if credit.consent else ""


def _stated(credit: Credit) -> dict[str, str]:
    """Return what a row in quarantine stated; see ``real_person_stated``."""
    stated = {name: getattr(credit, name) for name in CREDIT_COLUMNS if name != "real_person"}
    return stated | {"real_person": real_person_stated(credit)}


def reject(
    library: LibraryStore,
    files: PictureFiles,
    trail: AuditTrail,
    ordinal: Ordinal,
    *,
    by: str,
    origin: str,
    reason: str,
) -> None:
    """Take an image out of the quarantine and out of sight: no import changes that.

    The files of its picture go, unless another image has it that is shown, hidden, or waits in
    quarantine itself. Killed before they are gone, they stay on disk and are sent to nobody.

    Raises:
        NotFound: There is no such image.
        Conflict: It is not in quarantine.
    """
    reason = read_reason(reason)
    records = library.images([ordinal])
    if not records:
        raise NotFound("there is no such image")
    if records[0].state != "quarantined":
        state = records[0].state.replace("_", " ")
        raise Conflict(f"the image is not in quarantine but {state}")
    library.set_state([ordinal], "taken_down", by=by, origin=origin, reason=f"rejected: {reason}")
    sha256 = records[0].sha256
    if sha256 and not set(library.states_with(sha256)) - {"taken_down"}:
        files.remove(sha256)
    # The image was out of sight before, so the change log has no entry that would carry this one.
    detail = {"origin": origin, "reason": reason}
    trail.append(by, AuditAction.QUARANTINE_REJECT, str(int(ordinal)), detail)
