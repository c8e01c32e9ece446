"""The rules: active revision, canary, all revisions, and rollback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Response
from flask_babel import gettext as _

from smashpass.core.errors import NotFound
from smashpass.core.library.index import Index
from smashpass.core.rules.analysis.impact import verdicts
from smashpass.core.rules.revision import Canary, Revision
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.rules.tree import Tree, depth, leaves
from smashpass.services.rules.authoring.review import ReviewedRules, compare_rules
from smashpass.services.rules.service import RuleService
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.rules.texts import cut, cut_differences, files_of, required_number
from smashpass.web.admin.rules.tree_picture import percent

pages = PageRoutes("rules")

PAGE = 50


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One row of the tree list; shares are of the servable images."""

    tree: Tree
    path: str
    depth: int
    leaves: int
    smash: float
    passed: float
    open: float


@pages.get("/rules", role="analyst")
def rules_page(request: AdminRequest) -> Response:
    """The active revision, the canary, own drafts, and all revisions."""
    services = request.services
    drafts, rules = services.drafts, services.rules
    active = drafts.active()
    index = services.library.latest()
    revisions = rules.revisions()
    first = max(0, required_number(request.args.get("from", "0")))
    loaded = rules.load(active.files)
    paths = files_of(loaded)
    canary = rules.canary()
    return request.page(
        "rules.html",
        active=active,
        trees=list(_rows(loaded, paths, index)),
        fragments=sorted(active.files.keys() - set(paths.values())),
        canary=canary,
        agreed=_agreed(canary),
        drafts=drafts.all(request.account.id),
        revisions=revisions[first : first + PAGE],
        total=len(revisions),
        first=first,
        page_size=PAGE,
        percent=percent,
    )


@pages.get("/rules/revisions/<number>", role="analyst")
def revision_page(request: AdminRequest) -> Response:
    """One revision in full, and its differences from another one."""
    rules = request.services.rules
    selected = rules.numbered(required_number(request.path["number"]))
    revisions = rules.revisions()
    earlier = [revision.number for revision in revisions if revision.number < selected.number]
    other: Revision | None = None
    if "against" in request.args:
        other = rules.numbered(required_number(request.args["against"]))
    elif not selected.active:
        other = request.services.drafts.active()
    elif earlier:
        other = rules.numbered(earlier[0])
    path = request.args.get("file", next(iter(selected.files), ""))
    if path not in selected.files:
        raise NotFound(f"revision {selected.number} has no file {path[:80]!r}")
    difference = difference_of(rules, other, selected)
    return request.page(
        "rule_revision.html",
        revision=selected,
        is_canary=_is_canary(rules.canary(), selected),
        back="back" in request.args,
        drops_default=rules.drops_default(
            request.services.drafts.active(), rules.load(selected.files)
        ),
        other=other,
        known=[revision for revision in revisions if revision.number != selected.number],
        path=path,
        text=cut(selected.files[path]),
        whole=len(selected.files[path]) == len(cut(selected.files[path])),
        differences=cut_differences(difference.files),
        trees=difference.trees,
    )


@pages.get("/rules/revisions/<number>/files/<path:path>", role="analyst")
def revision_file(request: AdminRequest) -> Response:
    """One file of a revision as a download."""
    revision = request.services.rules.numbered(required_number(request.path["number"]))
    path = request.path["path"]
    if path not in revision.files:
        raise NotFound(f"revision {revision.number} has no file {path[:80]!r}")
    content = revision.files[path].encode("utf-8", "replace")
    answer = Response(content, content_type="text/plain; charset=utf-8")
    name = path.rpartition("/")[2].encode("ascii", "replace").decode().replace('"', "_")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@pages.post("/rules/rollback", role="editor")
def roll_back(request: AdminRequest) -> Response:
    """Roll back to an earlier revision, or publish the canary."""
    rules = request.services.rules
    target = rules.numbered(required_number(request.form.get("number", "")))
    is_canary = _is_canary(rules.canary(), target)
    result = rules.rollback(
        target.sha256,
        by=request.account.name,
        origin=ORIGIN,
        reason=request.form.get("reason", ""),
        allow_no_default=request.form.get("allow_no_default") == "1",
    )
    request.services.drafts.drop_published(request.account.id)
    message = _("Revision %(number)s is live again.", number=target.number)
    if is_canary:
        message = _("Revision %(number)s is live.", number=target.number)
    elif not result.changed:
        message = _("Revision %(number)s was already live; nothing changed.", number=target.number)
    return request.go("/rules", message=message)


@pages.post("/rules/canary/end", role="editor")
def end_canary(request: AdminRequest) -> Response:
    """End the canary: the active revision decides for everyone."""
    ended = request.services.rules.stop_canary(by=request.account.name, origin=ORIGIN)
    message = _(
        "Canary %(number)s ended; the active rules decide for everyone.", number=ended.number
    )
    return request.go("/rules", message=message)


@pages.post("/rules/canary/start", role="editor")
def start_canary(request: AdminRequest) -> Response:
    """Run an earlier revision as a canary, or change the share of the canary."""
    rules = request.services.rules
    revision = rules.numbered(required_number(request.form.get("number", "")))
    share = required_number(request.form.get("percent", ""))
    started = rules.start_canary(
        revision.sha256,
        share,
        by=request.account.name,
        origin=ORIGIN,
        reason=request.form.get("reason", ""),
    )
    return request.go("/rules", message=_started(started))


def difference_of(rules: RuleService, before: Revision | None, after: Revision) -> ReviewedRules:
    """Compare two revisions; empty if there is only one."""
    if before is None:
        return ReviewedRules({}, ())
    old, new = rules.load(before.files), rules.load(after.files)
    return compare_rules(old, new, before.files, after.files)


def _is_canary(canary: Canary | None, revision: Revision) -> bool:
    return canary is not None and canary.number == revision.number


def _started(canary: Canary) -> str:
    """Say what runs now."""
    message: str = _("Revision %(number)s now runs as a shadow.", number=canary.number)
    if canary.percent:
        message = _(
            "Revision %(number)s now decides for %(percent)s %% of viewers.",
            number=canary.number,
            percent=canary.percent,
        )
    return message


def _agreed(canary: Canary | None) -> float | None:
    """Return the share of conclusive decisions in which the canary agreed."""
    if canary is None:
        return None
    counts = canary.counts
    conclusive = counts.compared - counts.unsure
    return (
        1 - (counts.to_smash + counts.to_pass + counts.moved) / conclusive if conclusive else None
    )


def _rows(rules: RuleSet, paths: dict[str, str], index: Index) -> Iterator[TreeRow]:
    """Yield the trees, each evaluated on the whole library."""
    total = len(index.live) or 1
    for tree in rules.trees:
        tree_verdicts = verdicts(tree, index)
        smash, passed = (
            len(tree_verdicts.sure("smash")) / total,
            len(tree_verdicts.sure("pass")) / total,
        )
        rest = (len(index.live) / total) - smash - passed
        ends = sum(1 for _ in leaves(tree.root))
        yield TreeRow(tree, paths[tree.id], depth(tree.root), ends, smash, passed, rest)
