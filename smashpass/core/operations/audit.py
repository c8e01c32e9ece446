"""The actions recorded in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class AuditAction(StrEnum):
    """An action of an operator or editor, as recorded in the trail."""

    TAG_ALIAS = "tag.alias"
    TAG_UNALIAS = "tag.unalias"
    TAG_IMPLY = "tag.imply"
    TAG_UNIMPLY = "tag.unimply"
    TAG_RENAME = "tag.rename"
    TAG_MERGE = "tag.merge"
    TAG_DESCRIBE = "tag.describe"
    TAG_LABEL = "tag.label"
    TAG_DEPRECATE = "tag.deprecate"
    TAG_RESTORE = "tag.restore"
    TAG_IMPORT = "tag.import"

    IMAGE_TAG = "image.tag"
    IMAGE_BULK_TAG = "image.bulk_tag"
    IMAGE_TAKEDOWN = "image.takedown"

    CHANGE_REVERT = "change.revert"
    CHANGE_UNDO = "change.undo"

    RULES_PUBLISH = "rules.publish"
    RULES_ROLLBACK = "rules.rollback"
    RULES_CANARY = "rules.canary"
    RULES_CANARY_END = "rules.canary_end"

    IMPORT_START = "import.start"
    IMPORT_STOP = "import.stop"
    JOB_CANCEL = "job.cancel"
    SCORES_FILL = "scores.fill"

    QUARANTINE_STATE = "quarantine.state"
    QUARANTINE_RELEASE = "quarantine.release"
    QUARANTINE_REJECT = "quarantine.reject"

    NOTICE_OPEN = "notice.open"
    NOTICE_DECIDE = "notice.decide"
    NOTICE_DECIDE_AGAIN = "notice.decide_again"
    NOTICE_APPEAL = "notice.appeal"
    TAKEDOWN_NEAR = "takedown.near"
    SCREENING_HIDE = "screening.hide"

    ACCOUNT_CREATE = "account.create"
    ACCOUNT_ROLE = "account.role"
    ACCOUNT_CLOSE = "account.close"
    ACCOUNT_REOPEN = "account.reopen"
    ACCOUNT_RECOVER = "account.recover"
    PROOF_REFUSE = "account.refuse"
    PASSWORD_CHANGE = "account.password"  # noqa: S105 - the name of an act
    SECOND_FACTOR_ON = "account.second_factor_on"
    SECOND_FACTOR_OFF = "account.second_factor_off"
    RECOVERY_CODES_RENEW = "account.recovery_codes"
    RECOVERY_CODE_USE = "account.recovery_code_used"

    SESSION_START = "session.start"
    SESSION_REFUSE = "session.refuse"
    SESSION_SIGN_OUT = "session.sign_out"
    SESSION_END = "session.end"
    TOKEN_CREATE = "token.create"  # noqa: S105 - the name of an act
    TOKEN_REVOKE = "token.revoke"  # noqa: S105 - the name of an act

    AUDIT_EXPORT = "audit.export"
    BACKUP_TAKE = "backup.take"
    BACKUP_RESTORE = "backup.restore"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One security-relevant act: who did what to what, from where; chained by ``sha256``."""

    id: int
    at: int
    actor: str
    action: str
    target: str
    detail: Mapping[str, Any]
    sha256: str = ""
