"""Notices as cases: the next due first, claimed, decided with a statement of reasons."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from smashpass.core.errors import BadInput, Conflict, NotFound, SmashpassError
from smashpass.core.operations.notice import KINDS, OUTCOMES, Notice, NoticeState, clock
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.moderation.cases import MAX_FACTS
from smashpass.services.search.search import tag_names
from smashpass.web.admin.request import AdminRequest, PageRoutes
from smashpass.web.admin.vocabulary.vocabulary import number_of
from smashpass.web.moderating import desk_of, moment_now

PAGE = 100

pages = PageRoutes("moderation")

_SHOWN: Mapping[str, tuple[NoticeState, ...]] = {
    "waiting": ("open", "appealed"),
    "decided": ("decided", "closed"),
    "all": ("open", "decided", "appealed", "closed"),
}


@pages.get("/moderation", who="moderator")
def cases(ask: AdminRequest) -> Response:
    """The cases; those that wait for a decision come by the time that is left."""
    shown = ask.args.get("show", "waiting")
    if shown not in _SHOWN:
        shown = "waiting"
    page = max(1, number_of(ask.args.get("page", "")))
    notices = ask.parts.notices
    found, total = notices.in_states(_SHOWN[shown], newest=shown != "waiting", page=page, size=PAGE)
    waiting, late = notices.waiting()
    return ask.page(
        "moderation.html",
        cases=found,
        shown=shown,
        total=total,
        waiting=waiting,
        late=late,
        page=page,
        pages=max(1, -(-total // PAGE)),
        now=moment_now(),
        clock=clock,
        kinds=KINDS,
    )


@pages.get("/moderation/<number>", who="moderator")
def case(ask: AdminRequest) -> Response:
    """One case with all that is needed to decide it."""
    return _case_page(ask, _case(ask))


@pages.post("/moderation/<number>/claim", who="moderator")
def claim(ask: AdminRequest) -> Response:
    """Take a case, so that nobody else does the same work."""
    wanted = _case(ask)
    try:
        ask.parts.notices.claim(wanted.id, ask.account.name)
    except Conflict as error:
        return _case_page(ask, _case(ask), error)
    return ask.go(f"/moderation/{wanted.id}", "It is yours for half an hour.")


@pages.post("/moderation/<number>/let-go", who="moderator")
def let_go(ask: AdminRequest) -> Response:
    """Leave a case to others."""
    found = ask.parts.notices.let_go(_case(ask).id, ask.account.name)
    return ask.go(f"/moderation/{found.id}", "Others can take it now.")


@pages.post("/moderation/<number>/decide", who="moderator")
def decide(ask: AdminRequest) -> Response:
    """Decide a case, or the appeal about it."""
    parts, form = ask.parts, ask.form
    wanted = _case(ask)
    try:
        decided = desk_of(parts).decide(
            wanted.id,
            form.get("outcome", ""),
            form.get("facts", ""),
            form.get("ground", ""),
            by=ask.account.name,
        )
    except (BadInput, Conflict) as error:
        return _case_page(ask, _case(ask), error)
    parts.library.refresh()
    return ask.go("/moderation", f"Case {decided.id} is decided; its page tells why.")


def _case(ask: AdminRequest) -> Notice:
    """Return the case that the address names."""
    number = number_of(ask.path["number"], 0)
    if not number:
        raise NotFound(f"there is no case {ask.path['number'][:40]!r}")
    return ask.parts.notices.get(number)


def _case_page(ask: AdminRequest, found: Notice, error: SmashpassError | None = None) -> Response:
    """Return the page of a case, with what was typed if that could not be done."""
    parts = ask.parts
    desk = desk_of(parts)
    record = desk.record(found.image)
    now = moment_now()
    holder = found.holder(now)
    second = found.state == "appealed" and found.first is not None
    return ask.page(
        "case.html",
        200 if error is None else 400 if isinstance(error, BadInput) else 409,
        case=found,
        error=error,
        typed=ask.form,
        record=record,
        tags=[] if record is None else tag_names(parts.library.index, record.tags),
        together=desk.together(found.image),
        others=[one for one in parts.notices.about(found.image) if one.id != found.id],
        holder=holder,
        mine=holder == ask.account.name,
        not_again=second and found.first is not None and found.first.by == ask.account.name,
        clock=clock(found.due_at, now),
        late=found.waiting and found.due_at < now,
        kinds=KINDS,
        outcomes=OUTCOMES,
        max_facts=MAX_FACTS,
        max_ground=MAX_LENGTH,
    )
