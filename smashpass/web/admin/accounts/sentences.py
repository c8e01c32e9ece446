"""Entries of the audit trail as sentences: one text for each action."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from smashpass.core.operations.audit import AuditAction, AuditEntry

_LONGEST = 200
_MOST_TAGS = 5
_UNKNOWN = "?"

SENTENCES: Mapping[AuditAction, object] = {
    AuditAction.TAG_ALIAS: _l("%(who)s added an alias to the tag %(target)s"),
    AuditAction.TAG_UNALIAS: _l("%(who)s removed the alias %(target)s"),
    AuditAction.TAG_IMPLY: _l("%(who)s added an implication to the tag %(target)s"),
    AuditAction.TAG_UNIMPLY: _l("%(who)s removed an implication from the tag %(target)s"),
    AuditAction.TAG_RENAME: _l("%(who)s renamed the tag %(target)s"),
    AuditAction.TAG_MERGE: _l("%(who)s merged the tag %(target)s into another"),
    AuditAction.TAG_DESCRIBE: _l("%(who)s changed the description of the tag %(target)s"),
    AuditAction.TAG_LABEL: _l("%(who)s changed a label of the tag %(target)s"),
    AuditAction.TAG_DEPRECATE: _l("%(who)s deprecated the tag %(target)s"),
    AuditAction.TAG_RESTORE: _l("%(who)s restored the tag %(target)s"),
    AuditAction.TAG_IMPORT: _l("%(who)s imported tags from %(target)s"),
    AuditAction.IMAGE_TAG: _l("%(who)s edited the tags of image %(target)s (change %(change)s)"),
    AuditAction.IMAGE_BULK_TAG: _l(
        "%(who)s started a bulk edit: %(tags)s (job %(job)s, images: %(images)s)"
    ),
    AuditAction.IMAGE_TAKEDOWN: _l("%(who)s took down %(target)s: %(reason)s"),
    AuditAction.CHANGE_REVERT: _l("%(who)s reverted change %(target)s"),
    AuditAction.CHANGE_UNDO: _l("%(who)s started to undo the changes %(target)s (job %(job)s)"),
    AuditAction.RULES_PUBLISH: _l("%(who)s published the rules %(short)s: %(reason)s"),
    AuditAction.RULES_ROLLBACK: _l("%(who)s rolled back to the rules %(short)s: %(reason)s"),
    AuditAction.RULES_CANARY: _l(
        "%(who)s started the rules %(short)s as a canary for %(percent)s%% of viewers"
    ),
    AuditAction.RULES_CANARY_END: _l("%(who)s ended the canary of the rules %(short)s"),
    AuditAction.IMPORT_START: _l("%(who)s started an import from %(target)s"),
    AuditAction.IMPORT_STOP: _l("%(who)s stopped the import run %(target)s"),
    AuditAction.JOB_CANCEL: _l("%(who)s cancelled job %(target)s (%(kind)s)"),
    AuditAction.SCORES_FILL: _l("%(who)s started to fill in missing scores (job %(target)s)"),
    AuditAction.QUARANTINE_STATE: _l(
        "%(who)s made a statement about the quarantined image number %(target)s"
    ),
    AuditAction.QUARANTINE_RELEASE: _l(
        "%(who)s released image number %(target)s from quarantine: %(reason)s"
    ),
    AuditAction.QUARANTINE_REJECT: _l(
        "%(who)s rejected the quarantined image number %(target)s: %(reason)s"
    ),
    AuditAction.NOTICE_OPEN: _l("A notice about image %(target)s was sent (%(kind)s)"),
    AuditAction.NOTICE_DECIDE: _l("%(who)s decided a case about image %(target)s: %(outcome)s"),
    AuditAction.NOTICE_DECIDE_AGAIN: _l(
        "%(who)s decided the appeal about image %(target)s: %(outcome)s"
    ),
    AuditAction.NOTICE_APPEAL: _l("The decision about image %(target)s was appealed"),
    AuditAction.TAKEDOWN_NEAR: _l(
        "A case was opened for image %(target)s, which resembles a picture that %(who)s took down"
    ),
    AuditAction.SCREENING_HIDE: _l("Image %(target)s was hidden automatically: %(reason)s"),
    AuditAction.ACCOUNT_CREATE: _l("%(who)s created the account %(target)s with role %(role)s"),
    AuditAction.ACCOUNT_ROLE: _l("%(who)s changed the role of %(target)s to %(role)s"),
    AuditAction.ACCOUNT_CLOSE: _l("%(who)s closed the account %(target)s"),
    AuditAction.ACCOUNT_REOPEN: _l("%(who)s reopened the account %(target)s"),
    AuditAction.ACCOUNT_RECOVER: _l("%(who)s switched off the second factor of %(target)s"),
    AuditAction.PROOF_REFUSE: _l("%(who)s entered a wrong password or code on the account page"),
    AuditAction.PASSWORD_CHANGE: _l("%(who)s changed the password"),
    AuditAction.SECOND_FACTOR_ON: _l("%(who)s switched on the second factor"),
    AuditAction.SECOND_FACTOR_OFF: _l("%(who)s switched off the second factor"),
    AuditAction.RECOVERY_CODES_RENEW: _l("%(who)s generated new recovery codes"),
    AuditAction.RECOVERY_CODE_USE: _l("%(who)s used a recovery code"),
    AuditAction.SESSION_START: _l("%(who)s signed in from %(address)s"),
    AuditAction.SESSION_REFUSE: _l("A sign-in as %(who)s from %(address)s was refused"),
    AuditAction.SESSION_SIGN_OUT: _l("%(who)s signed out"),
    AuditAction.SESSION_END: _l("%(who)s revoked a session"),
    AuditAction.TOKEN_CREATE: _l("%(who)s created a token for %(target)s"),
    AuditAction.TOKEN_REVOKE: _l("%(who)s revoked token %(token)s"),
    AuditAction.AUDIT_EXPORT: _l("%(who)s exported the audit trail"),
    AuditAction.BACKUP_TAKE: _l("%(who)s took a backup into %(target)s"),
    AuditAction.BACKUP_RESTORE: _l("%(who)s restored the backup in %(target)s"),
}


class _Values(dict[str, object]):
    """The values of a sentence; what an earlier release did not record is a question mark."""

    def __missing__(self, name: str) -> str:
        return _UNKNOWN


def sentence_of(entry: AuditEntry) -> str:
    """Return an entry as one sentence without a full stop, in the language of the request."""
    texts = {name: str(value)[:_LONGEST] for name, value in entry.detail.items()}
    values = _Values(texts)
    values["who"] = entry.actor
    values["target"] = entry.target[:_LONGEST] or _("nothing in particular")
    values["short"] = entry.target[:8]
    values["tags"] = _tags(entry.detail)
    text = next((SENTENCES[action] for action in AuditAction if action == entry.action), None)
    if text is None:
        return f"{entry.actor}: {entry.action} {entry.target[:_LONGEST]}".rstrip()
    return str(text) % values


def _tags(detail: Mapping[str, object]) -> str:
    """Return what a bulk edit adds and removes: ``+beard, −crown``."""
    names: list[str] = []
    for sign, field in (("+", "add"), ("−", "remove")):
        listed = detail.get(field)
        names += [f"{sign}{name}" for name in listed] if isinstance(listed, list) else []
    return ", ".join(names[:_MOST_TAGS]) + (" …" if len(names) > _MOST_TAGS else "")
