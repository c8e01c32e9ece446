"""The review of drafts: differences, tests, exact impact, publishing."""

from __future__ import annotations

from flask import Response, render_template
from flask_babel import gettext as _

from smashpass.core.errors import BadInput, Conflict, RulesInvalid
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.rules.flips import pictures_of, sampled_a_tree
from smashpass.web.admin.rules.texts import cut_differences, fold, required_number
from smashpass.web.admin.rules.tree_picture import percent

pages = PageRoutes("rules")


@pages.get("/rules/review", role="editor")
def review_page(request: AdminRequest) -> Response:
    """What publishing the own drafts would change."""
    return _page(request)


@pages.get("/rules/review/swipes", role="editor")
def swipes(request: AdminRequest) -> Response:
    """Agreement of the drafts with all recorded swipes."""
    agreement = request.services.drafts.agreement(request.account.id)
    if request.wants_json:
        return request.json({"html": render_template("admin/rule_swipes.html", swipes=agreement)})
    return request.page("rule_swipes_page.html", swipes=agreement)


@pages.post("/rules/review/publish", role="editor")
def publish(request: AdminRequest) -> Response:
    """Publish the active set with the drafts applied."""
    try:
        published = request.services.drafts.publish(
            request.account.id,
            request.form.get("mark", ""),
            by=request.account.name,
            origin=ORIGIN,
            reason=request.form.get("reason", ""),
            allow_no_default=request.form.get("allow_no_default") == "1",
        )
    except (Conflict, BadInput) as error:
        return _refused(request, error)
    message = _("Revision %(number)s is live.", number=published.result.revision.number)
    if not published.result.changed:
        message = _("No tree changed in meaning, so there is no new revision.")
    if published.left:
        kept = _("Drafts that differ only in comments or layout are kept for the next change.")
        message = f"{message} {kept}"
    return request.go("/rules", message=message)


@pages.post("/rules/review/canary", role="editor")
def canary(request: AdminRequest) -> Response:
    """Run the active set with the drafts applied as a canary; the drafts stay."""
    try:
        started = request.services.drafts.start_canary(
            request.account.id,
            request.form.get("mark", ""),
            required_number(request.form.get("percent", "")),
            by=request.account.name,
            origin=ORIGIN,
            reason=request.form.get("reason", ""),
        )
    except (Conflict, BadInput) as error:
        return _refused(request, error)
    message = _("Your drafts now run as canary revision %(number)s.", number=started.number)
    return request.go("/rules", message=message)


def _refused(request: AdminRequest, error: Conflict | BadInput) -> Response:
    """Return the current page with the reason why the action failed."""
    wrong = str(error)
    if isinstance(error, RulesInvalid):
        wrong = _("nothing was published: the rules have the errors listed below")
    return _page(request, wrong, 409 if isinstance(error, Conflict) else 400)


def _page(request: AdminRequest, wrong: str = "", status: int = 200) -> Response:
    """Return the review of all drafts of the account."""
    services = request.services
    review = services.drafts.review(request.account.id)
    index = services.library.latest()
    reports = services.drafts.effect(review)
    return request.page(
        "rule_review.html",
        status,
        review=review,
        wrong=wrong,
        reason=request.form.get("reason", ""),
        images=len(index.live),
        reports=reports,
        pictures=pictures_of(request, reports, index),
        drops_default=services.rules.drops_default(review.active, review.rules),
        blocked=bool(review.errors or review.stale or not review.pieces),
        differences=cut_differences(review.compared.files),
        sampled=sampled_a_tree(reports),
        percent=percent,
        fold=fold,
    )
