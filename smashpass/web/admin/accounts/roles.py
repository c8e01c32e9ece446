"""What each role may do, counted from the table of pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from smashpass.core.people.account import ROLES, role_includes
from smashpass.web.admin.request import PageRoute

_SECTIONS: Mapping[str, object] = {
    "overview": _l("Overview"),
    "images": _l("Images"),
    "tags": _l("Tags"),
    "rules": _l("Rules"),
    "imports": _l("Imports"),
    "moderation": _l("Moderation"),
    "changes": _l("Changes"),
    "accounts": _l("Accounts"),
    "account": _l("Own account"),
}
_NOTHING, _SOME, _ALL = _l("no access"), _l("view, some actions"), _l("view, all actions")
_VIEW, _VIEW_SOME = _l("view"), _l("view some pages")


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One section: its name, and by role what that may do there."""

    section: object
    cells: Mapping[str, object]


def role_rows(pages: Iterable[PageRoute]) -> list[RoleRow]:
    """Return one row for each section of the pages, in their order."""
    by_section: dict[str, list[PageRoute]] = {}
    for page in pages:
        by_section.setdefault(page.section, []).append(page)
    return [
        RoleRow(_SECTIONS.get(section, section), {role: _rights(rows, role) for role in ROLES})
        for section, rows in by_section.items()
    ]


def _rights(rows: Iterable[PageRoute], role: str) -> object:
    """Return what a role may do in a section."""
    allowed = {"GET": set[bool](), "POST": set[bool]()}
    for page in rows:
        allowed[page.method].add(role_includes(role, page.role))
    if True not in allowed["GET"]:
        return _NOTHING
    if True not in allowed["POST"]:
        return _VIEW if False not in allowed["GET"] else _VIEW_SOME
    return _SOME if False in allowed["GET"] | allowed["POST"] else _ALL
