"""Notices as cases: due first, claimed, decided with a statement of reasons."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response
from flask_babel import gettext as _

from smashpass.core.errors import BadInput, Conflict, SmashpassError
from smashpass.core.operations.notice import KINDS, OUTCOMES, NoticeState, clock
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.moderation.cases import MAX_FACTS
from smashpass.services.moderation.service import CaseView
from smashpass.services.search.search import tag_names
from smashpass.web.admin.request import AdminRequest, PageRoutes
from smashpass.web.http.lookup import id_of, number_of

PAGE = 100

pages = PageRoutes("moderation")

_SHOWN: Mapping[str, tuple[NoticeState, ...]] = {
    "waiting": ("open", "appealed"),
    "decided": ("decided", "closed"),
    "all": ("open", "decided", "appealed", "closed"),
}


@pages.get("/moderation", role="moderator")
def cases(request: AdminRequest) -> Response:
    """The cases; pending ones are sorted by due time."""
    selection = request.args.get("show", "waiting")
    if selection not in _SHOWN:
        selection = "waiting"
    page = max(1, number_of(request.args.get("page", "")))
    moderation = request.services.moderation
    page_cases, total = moderation.cases(
        _SHOWN[selection], newest=selection != "waiting", page=page, size=PAGE
    )
    waiting, late = moderation.waiting()
    return request.page(
        "moderation.html",
        cases=page_cases,
        shown=selection,
        waiting=waiting,
        late=late,
        page=page,
        pages=max(1, -(-total // PAGE)),
        now=request.services.clock(),
        clock=clock,
        kinds=KINDS,
    )


@pages.get("/moderation/<number>", role="moderator")
def case(request: AdminRequest) -> Response:
    """One case with everything needed to decide it."""
    return _case_page(request, _case(request))


@pages.post("/moderation/<number>/claim", role="moderator")
def claim(request: AdminRequest) -> Response:
    """Claim a case, so that nobody else works on it."""
    number = _number(request)
    try:
        request.services.moderation.claim(number, request.account.name)
    except Conflict as error:
        return _case_page(request, _case(request), error)
    return request.go(f"/moderation/{number}", _("You have claimed this case for half an hour."))


@pages.post("/moderation/<number>/let-go", role="moderator")
def let_go(request: AdminRequest) -> Response:
    """Release a claimed case."""
    released = request.services.moderation.let_go(_number(request), request.account.name)
    return request.go(f"/moderation/{released.id}", _("Claim released."))


@pages.post("/moderation/<number>/decide", role="moderator")
def decide(request: AdminRequest) -> Response:
    """Decide a case, or the appeal about it."""
    form = request.form
    try:
        decided = request.services.moderation.decide(
            _number(request),
            form.get("outcome", ""),
            form.get("facts", ""),
            form.get("ground", ""),
            by=request.account.name,
        )
    except (BadInput, Conflict) as error:
        return _case_page(request, _case(request), error)
    message = _("Case %(number)s decided; its page gives the reasons.", number=decided.reference)
    return request.go("/moderation", message)


def _case(request: AdminRequest) -> CaseView:
    """Return the case in the address."""
    return request.services.moderation.case(_number(request))


def _number(request: AdminRequest) -> int:
    return id_of(request.path["number"], "case")


def _case_page(
    request: AdminRequest, view: CaseView, error: SmashpassError | None = None
) -> Response:
    """Return the page of a case, with typed input after an error."""
    case, record = view.case, view.record
    index = request.services.library.index
    second = case.state == "appealed" and case.first is not None
    return request.page(
        "case.html",
        200 if error is None else 400 if isinstance(error, BadInput) else 409,
        case=case,
        error=error,
        typed=request.form,
        record=record,
        tags=[] if record is None else tag_names(index, record.tags),
        together=view.together,
        others=view.others,
        holder=view.holder,
        mine=view.holder == request.account.name,
        not_again=second and case.first is not None and case.first.by == request.account.name,
        clock=clock(case.due_at, view.now),
        late=case.waiting and case.due_at < view.now,
        kinds=KINDS,
        outcomes=OUTCOMES,
        max_facts=MAX_FACTS,
        max_ground=MAX_LENGTH,
    )
