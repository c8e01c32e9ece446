"""The review of drafts: differences, tests, the exact impact, and then the act."""

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
from smashpass.services.rules.authoring.drafts import EditedFile, overlaid
from smashpass.services.rules.authoring.review import ReviewedRules, compare_rules
from smashpass.services.rules.check import findings
from smashpass.services.rules.coverage import TreeCoverage, covered_by
from smashpass.services.rules.examples import ExampleResult, run_examples
from smashpass.services.rules.impact import TreeReport
from smashpass.services.rules.sets import LoadedRules
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.rules.texts import cut_differences, fold, number_of
from smashpass.web.admin.rules.tree_picture import percent

pages = PageRoutes("rules")

SAMPLED = 24
"""Images that flip and are shown, shared out among the trees."""


@dataclass(frozen=True, slots=True)
class Review:
    """All drafts of an account on top of the active revision.

    Attributes:
        active: What decides.
        pieces: The drafts.
        rules: The active set with the drafts in it.
        problems: Everything that is wrong with it.
        compared: What differs from the active set.
        tests: What came out of the tests of all trees that differ or have a draft.
        covered: How much of each of these trees the tests show.
    """

    active: Revision
    pieces: Sequence[EditedFile]
    rules: LoadedRules
    problems: Sequence[Problem]
    compared: ReviewedRules
    tests: Sequence[ExampleResult]
    covered: Sequence[TreeCoverage]

    @property
    def errors(self) -> int:
        """How many problems block publishing."""
        return sum(each.severity == "error" for each in self.problems)

    @property
    def stale(self) -> list[str]:
        """Paths that somebody else published in the meantime."""
        return [piece.path for piece in self.pieces if piece.is_stale]

    @property
    def mark(self) -> str:
        """What tells these drafts on this revision from any others."""
        saved = [f"{piece.path} {piece.saved_at}" for piece in self.pieces]
        return hashlib.sha256("\n".join([str(self.active.number), *saved]).encode()).hexdigest()


@pages.get("/rules/review", who="editor")
def review_page(ask: AdminRequest) -> Response:
    """What publishing the drafts of who asks would change."""
    return _page(ask, _review(ask))


@pages.get("/rules/review/swipes", who="editor")
def swipes(ask: AdminRequest) -> Response:
    """How often the drafts agree with people, over all recorded swipes."""
    parts, review = ask.parts, _review(ask)
    if review.errors or not review.pieces:
        raise BadInput("the drafts cannot be tried on swipes", hint="correct their errors first")
    parts.library.refresh()
    found = parts.impacts.of(review.rules, parts.library.index).swipes
    if ask.wants_json:
        return ask.json({"html": render_template("admin/rule_swipes.html", swipes=found)})
    return ask.page("rule_swipes_page.html", swipes=found)


@pages.post("/rules/review/publish", who="editor")
def publish(ask: AdminRequest) -> Response:
    """Make the active set with the drafts in it decide."""
    review = _review(ask)
    parts, reason = ask.parts, ask.form.get("reason", "")
    try:
        _require_seen(ask, review)
        done = parts.publishing.publish(
            review.rules,
            by=ask.account.name,
            origin=ORIGIN,
            reason=reason,
            replacing=review.active.number,
            allow_no_default=ask.form.get("allow_no_default") == "1",
        )
    except (Conflict, BadInput) as error:
        return _refused(ask, error)
    parts.rules.refresh()
    left = parts.drafting.published(ask.account.id, review.pieces, done.revision)
    told = f"Revision {done.revision.number} decides."
    if not done.changed:
        told = "Nothing that decides is changed, so there is no new revision."
    if left:
        told += " Drafts that differ in comments or layout alone are kept for the next change."
    return ask.go("/rules", told=told)


@pages.post("/rules/review/canary", who="editor")
def canary(ask: AdminRequest) -> Response:
    """Let the set with the drafts in it run beside the active one; the drafts stay."""
    review = _review(ask)
    parts = ask.parts
    try:
        _require_seen(ask, review)
        percentage = number_of(ask.form.get("percent", ""))
        found = parts.canarying.start(
            review.rules,
            percentage,
            whole=True,
            by=ask.account.name,
            origin=ORIGIN,
            reason=ask.form.get("reason", ""),
        )
    except (Conflict, BadInput) as error:
        return _refused(ask, error)
    parts.rules.refresh()
    return ask.go("/rules", told=f"Your drafts run beside the active rules as {found.number}.")


def _review(ask: AdminRequest) -> Review:
    """Put the drafts on top of the active set and look at it."""
    parts = ask.parts
    active = parts.drafting.active()
    pieces = parts.drafting.all(ask.account.id)
    files = overlaid(active.files, {piece.path: piece.text for piece in pieces})
    rules = parts.load_rules(files)
    different = compare_rules(parts.load_rules(active.files), rules, active.files, files)
    # A draft may change the tests of a tree alone.
    names = {each.id for each in different.trees} | {rules.ids.get(one.path) for one in pieces}
    trees = [tree for tree in rules.trees if tree.id in names]
    return Review(
        active,
        pieces,
        rules,
        findings(rules),
        different,
        [one for tree in trees for one in run_examples(tree, rules.examples.get(tree.id, ()))],
        [covered_by(tree, rules.examples.get(tree.id, ())) for tree in trees],
    )


def _require_seen(ask: AdminRequest, review: Review) -> None:
    """Refuse to act on anything else than what the page showed.

    Raises:
        BadInput: There is no draft.
        StaleVersion: Drafts or rules changed since, or a draft began with an older text.
    """
    if not review.pieces:
        raise BadInput("you have no drafts", hint="edit a file first")
    if ask.form.get("mark", "") != review.mark:
        raise StaleVersion(
            "the active rules or your drafts changed since this page was made",
            hint="look at what it says now, and decide again; your drafts are kept",
        )
    if review.stale:
        raise StaleVersion(
            f"somebody else published another text of {', '.join(review.stale)}",
            hint="open it and put both together; your draft is kept",
        )


def _refused(ask: AdminRequest, error: Conflict | BadInput) -> Response:
    """Return the page as it is now, with why the act did not happen."""
    wrong = str(error)
    if isinstance(error, RulesInvalid):
        wrong = "nothing was published: the rules have errors, all of which are named below"
    return _page(ask, _review(ask), wrong, 409 if isinstance(error, Conflict) else 400)


def _page(ask: AdminRequest, review: Review, wrong: str = "", status: int = 200) -> Response:
    """Return the review."""
    parts = ask.parts
    parts.library.refresh()
    index = parts.library.index
    reports: tuple[TreeReport, ...] = ()
    if not review.errors:
        reports = _reports(parts, review, index)
    return ask.page(
        "rule_review.html",
        status,
        review=review,
        wrong=wrong,
        reason=ask.form.get("reason", ""),
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
    """Return the exact impact on the library, of the trees that differ."""
    before = {tree.id: tree for tree in parts.load_rules(review.active.files).trees}
    after = {tree.id: tree for tree in review.rules.trees}
    names = [each.id for each in review.compared.trees]
    return parts.impacts.reports(before, after, names, index)


def _pictures(
    parts: Installation, reports: Sequence[TreeReport], index: Index
) -> dict[str, str | None]:
    """Return for each sampled image the address of its small picture, None if it has none."""
    found: dict[str, str | None] = {}
    names = [flip.image for report in reports for flip in report.sample]
    ordinals = [one for name in names if (one := parts.image_ids.decode(name)) is not None]
    for card in parts.cards.of(index, ordinals):
        media = card.content["media"]
        found[card.image] = str(media["small"]) if isinstance(media, dict) else None
    return found
