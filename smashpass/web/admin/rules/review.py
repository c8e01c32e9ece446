"""The review of drafts: differences, tests, exact impact, publishing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, render_template

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadInput, Conflict, RulesInvalid, StaleVersion
from smashpass.core.library.index import Index
from smashpass.core.problems import Problem
from smashpass.core.rules.revision import Revision
from smashpass.core.rules.ruleset import RuleSet
from smashpass.services.rules.authoring.drafts import EditedFile, overlaid
from smashpass.services.rules.authoring.review import ReviewedRules, compare_rules
from smashpass.services.rules.check import findings
from smashpass.services.rules.coverage import TreeCoverage, covered_by
from smashpass.services.rules.examples import ExampleResult, run_examples
from smashpass.services.rules.impact import TreeReport
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.rules.texts import cut_differences, fold, required_number
from smashpass.web.admin.rules.tree_picture import percent

pages = PageRoutes("rules")

SAMPLED = 24
"""Number of flipping images shown, divided among the trees."""


@dataclass(frozen=True, slots=True)
class Review:
    """All drafts of an account on top of the active revision.

    Attributes:
        active: The active revision.
        pieces: The drafts.
        rules: The active set with the drafts applied.
        problems: All problems of that set.
        compared: Differences from the active set.
        tests: Test results of all trees that differ or have a draft.
        covered: Test coverage of each of these trees.
    """

    active: Revision
    pieces: Sequence[EditedFile]
    rules: RuleSet
    problems: Sequence[Problem]
    compared: ReviewedRules
    tests: Sequence[ExampleResult]
    covered: Sequence[TreeCoverage]

    @property
    def errors(self) -> int:
        """Number of problems that block publishing."""
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def stale(self) -> list[str]:
        """Paths published by somebody else in the meantime."""
        return [piece.path for piece in self.pieces if piece.is_stale]

    @property
    def mark(self) -> str:
        """Digest of these drafts on this revision."""
        saved = [f"{piece.path} {piece.saved_at}" for piece in self.pieces]
        return hashlib.sha256("\n".join([str(self.active.number), *saved]).encode()).hexdigest()


@pages.get("/rules/review", role="editor")
def review_page(request: AdminRequest) -> Response:
    """What publishing the own drafts would change."""
    return _page(request, _review(request))


@pages.get("/rules/review/swipes", role="editor")
def swipes(request: AdminRequest) -> Response:
    """Agreement of the drafts with all recorded swipes."""
    parts, review = request.parts, _review(request)
    if review.errors or not review.pieces:
        raise BadInput(
            "the drafts cannot be evaluated on swipes", hint="correct their errors first"
        )
    parts.library.refresh()
    agreement = parts.impacts.of(review.rules, parts.library.index).swipes
    if request.wants_json:
        return request.json({"html": render_template("admin/rule_swipes.html", swipes=agreement)})
    return request.page("rule_swipes_page.html", swipes=agreement)


@pages.post("/rules/review/publish", role="editor")
def publish(request: AdminRequest) -> Response:
    """Publish the active set with the drafts applied."""
    review = _review(request)
    parts, reason = request.parts, request.form.get("reason", "")
    try:
        _require_seen(request, review)
        result = parts.publishing.publish(
            review.rules,
            by=request.account.name,
            origin=ORIGIN,
            reason=reason,
            replacing=review.active.number,
            allow_no_default=request.form.get("allow_no_default") == "1",
        )
    except (Conflict, BadInput) as error:
        return _refused(request, error)
    parts.rules.refresh()
    left = parts.drafting.published(request.account.id, review.pieces, result.revision)
    message = f"Revision {result.revision.number} is live."
    if not result.changed:
        message = "No tree changed in meaning, so there is no new revision."
    if left:
        message += " Drafts that differ only in comments or layout are kept for the next change."
    return request.go("/rules", message=message)


@pages.post("/rules/review/canary", role="editor")
def canary(request: AdminRequest) -> Response:
    """Run the active set with the drafts applied as a canary; the drafts stay."""
    review = _review(request)
    parts = request.parts
    try:
        _require_seen(request, review)
        percentage = required_number(request.form.get("percent", ""))
        started = parts.canarying.start(
            review.rules,
            percentage,
            whole=True,
            by=request.account.name,
            origin=ORIGIN,
            reason=request.form.get("reason", ""),
        )
    except (Conflict, BadInput) as error:
        return _refused(request, error)
    parts.rules.refresh()
    return request.go("/rules", message=f"Your drafts now run as canary revision {started.number}.")


def _review(request: AdminRequest) -> Review:
    """Apply the drafts to the active set and analyse it."""
    parts = request.parts
    active = parts.drafting.active()
    pieces = parts.drafting.all(request.account.id)
    files = overlaid(active.files, {piece.path: piece.text for piece in pieces})
    rules = parts.load_rules(files)
    different = compare_rules(parts.load_rules(active.files), rules, active.files, files)
    # A draft may change only the tests of a tree.
    names = {changed.id for changed in different.trees} | {
        rules.ids.get(edited.path) for edited in pieces
    }
    trees = [tree for tree in rules.trees if tree.id in names]
    return Review(
        active,
        pieces,
        rules,
        findings(rules),
        different,
        [
            edited
            for tree in trees
            for edited in run_examples(tree, rules.examples.get(tree.id, ()))
        ],
        [covered_by(tree, rules.examples.get(tree.id, ())) for tree in trees],
    )


def _require_seen(request: AdminRequest, review: Review) -> None:
    """Refuse to act if drafts or rules differ from the reviewed ones.

    Raises:
        BadInput: There is no draft.
        StaleVersion: Drafts or rules changed since, or a draft began with an older text.
    """
    if not review.pieces:
        raise BadInput("you have no drafts", hint="edit a file first")
    if request.form.get("mark", "") != review.mark:
        raise StaleVersion(
            "the active rules or your drafts changed since this page was loaded",
            hint="review them again; your drafts are kept",
        )
    if review.stale:
        raise StaleVersion(
            f"somebody else published a new version of {', '.join(review.stale)}",
            hint="open it and merge both; your draft is kept",
        )


def _refused(request: AdminRequest, error: Conflict | BadInput) -> Response:
    """Return the current page with the reason why the action failed."""
    wrong = str(error)
    if isinstance(error, RulesInvalid):
        wrong = "nothing was published: the rules have the errors listed below"
    return _page(request, _review(request), wrong, 409 if isinstance(error, Conflict) else 400)


def _page(request: AdminRequest, review: Review, wrong: str = "", status: int = 200) -> Response:
    """Return the review."""
    parts = request.parts
    parts.library.refresh()
    index = parts.library.index
    reports: tuple[TreeReport, ...] = ()
    if not review.errors:
        reports = _reports(parts, review, index)
    return request.page(
        "rule_review.html",
        status,
        review=review,
        wrong=wrong,
        reason=request.form.get("reason", ""),
        images=len(index.live),
        reports=reports,
        pictures=_pictures(parts, reports, index),
        drops_default=parts.publishing.drops_default(review.active, review.rules),
        blocked=bool(review.errors or review.stale or not review.pieces),
        differences=cut_differences(review.compared.files),
        sampled=max(4, SAMPLED // max(1, len(reports))),
        percent=percent,
        fold=fold,
    )


def _reports(parts: Installation, review: Review, index: Index) -> tuple[TreeReport, ...]:
    """Return the exact library impact of the trees that differ."""
    before = {tree.id: tree for tree in parts.load_rules(review.active.files).trees}
    after = {tree.id: tree for tree in review.rules.trees}
    names = [changed.id for changed in review.compared.trees]
    return parts.impacts.reports(before, after, names, index)


def _pictures(
    parts: Installation, reports: Sequence[TreeReport], index: Index
) -> dict[str, str | None]:
    """Return the address of the small picture of each sampled image, None if it has none."""
    addresses: dict[str, str | None] = {}
    names = [flip.image for report in reports for flip in report.sample]
    ordinals = [ordinal for name in names if (ordinal := parts.image_ids.decode(name)) is not None]
    for card in parts.cards.of(index, ordinals):
        media = card.content["media"]
        addresses[card.image] = str(media["small"]) if isinstance(media, dict) else None
    return addresses
