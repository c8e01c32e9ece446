"""The rules: what decides now and what runs beside it, all revisions, and the way back to one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Response

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import NotFound
from smashpass.core.library.index import Index
from smashpass.core.rules.analysis.impact import verdicts
from smashpass.core.rules.revision import Canary, Revision
from smashpass.core.rules.tree import Tree, depth, leaves
from smashpass.services.rules.authoring.review import ReviewedRules, compare_rules
from smashpass.services.rules.sets import LoadedRules
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.rules.texts import cut, cut_differences, files_of, number_of
from smashpass.web.admin.rules.tree_picture import percent

pages = PageRoutes("rules")

PAGE = 50


@dataclass(frozen=True, slots=True)
class TreeRow:
    """What the list tells of one tree; the shares are of the images that may be served."""

    tree: Tree
    path: str
    depth: int
    leaves: int
    smash: float
    passed: float
    open: float


@pages.get("/rules", who="analyst")
def rules_page(ask: AdminRequest) -> Response:
    """What decides now, the canary, the drafts of who looks, and all revisions."""
    parts = ask.parts
    active = parts.drafting.active()
    parts.library.refresh()
    revisions = parts.publishing.list()
    first = max(0, number_of(ask.args.get("from", "0")))
    loaded = parts.load_rules(active.files)
    paths = files_of(loaded)
    canary = parts.canarying.current()
    return ask.page(
        "rules.html",
        active=active,
        trees=list(_rows(loaded, paths, parts.library.index)),
        fragments=sorted(active.files.keys() - set(paths.values())),
        canary=canary,
        agreed=_agreed(canary),
        drafts=parts.drafting.all(ask.account.id),
        revisions=revisions[first : first + PAGE],
        total=len(revisions),
        first=first,
        page_size=PAGE,
        percent=percent,
    )


@pages.get("/rules/revisions/<number>", who="analyst")
def revision_page(ask: AdminRequest) -> Response:
    """One revision whole, and what differs between it and another one."""
    parts = ask.parts
    found = revision_of(parts, ask.path["number"])
    known = parts.publishing.list()
    earlier = [each.number for each in known if each.number < found.number]
    other: Revision | None = None
    if "against" in ask.args:
        other = revision_of(parts, ask.args["against"])
    elif not found.active:
        other = parts.drafting.active()
    elif earlier:
        other = revision_of(parts, str(earlier[0]))
    path = ask.args.get("file", next(iter(found.files), ""))
    if path not in found.files:
        raise NotFound(f"revision {found.number} has no file {path[:80]!r}")
    difference = difference_of(parts, other, found)
    return ask.page(
        "rule_revision.html",
        revision=found,
        back="back" in ask.args,
        drops_default=parts.publishing.drops_default(
            parts.drafting.active(), parts.load_rules(found.files)
        ),
        other=other,
        known=[each for each in known if each.number != found.number],
        path=path,
        text=cut(found.files[path]),
        whole=len(found.files[path]) == len(cut(found.files[path])),
        differences=cut_differences(difference.files),
        trees=difference.trees,
    )


@pages.get("/rules/revisions/<number>/files/<path:path>", who="analyst")
def revision_file(ask: AdminRequest) -> Response:
    """One file of a revision as it was written, to be kept."""
    found = revision_of(ask.parts, ask.path["number"])
    path = ask.path["path"]
    if path not in found.files:
        raise NotFound(f"revision {found.number} has no file {path[:80]!r}")
    answer = Response(found.files[path].encode("utf-8", "replace"), content_type="text/plain")
    name = path.rpartition("/")[2].encode("ascii", "replace").decode().replace('"', "_")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@pages.post("/rules/rollback", who="editor")
def roll_back(ask: AdminRequest) -> Response:
    """Make an earlier revision decide again."""
    parts = ask.parts
    wanted = revision_of(parts, ask.form.get("number", ""))
    done = parts.publishing.rollback(
        wanted.sha256,
        by=ask.account.name,
        origin=ORIGIN,
        reason=ask.form.get("reason", ""),
        allow_no_default=ask.form.get("allow_no_default") == "1",
    )
    parts.rules.refresh()
    what = "decides again" if done.changed else "decided already; nothing was changed"
    return ask.go("/rules", told=f"Revision {wanted.number} {what}.")


@pages.post("/rules/canary/end", who="editor")
def end_canary(ask: AdminRequest) -> Response:
    """End the canary: the active revision decides alone."""
    ended = ask.parts.canarying.stop(by=ask.account.name, origin=ORIGIN)
    ask.parts.rules.refresh()
    return ask.go("/rules", told=f"The canary {ended.number} has ended; the active rules decide.")


@pages.post("/rules/canary/start", who="editor")
def start_canary(ask: AdminRequest) -> Response:
    """Let an earlier revision run beside the active one, or change the share of the canary."""
    parts = ask.parts
    wanted = revision_of(parts, ask.form.get("number", ""))
    share = number_of(ask.form.get("percent", ""))
    found = parts.canarying.start_revision(
        wanted.sha256,
        share,
        by=ask.account.name,
        origin=ORIGIN,
        reason=ask.form.get("reason", ""),
    )
    parts.rules.refresh()
    return ask.go("/rules", told=f"Revision {found.number} runs beside the active one.")


def revision_of(parts: Installation, text: str) -> Revision:
    """Return the revision of a number, whole.

    Raises:
        NotFound: There is none.
    """
    number = number_of(text)
    for each in parts.publishing.list():
        if each.number == number:
            return parts.publishing.find(each.sha256)
    raise NotFound(f"there is no revision {text[:20]!r}", hint="the rules page lists them")


def difference_of(parts: Installation, before: Revision | None, after: Revision) -> ReviewedRules:
    """Return what differs between two revisions; nothing if there is only one."""
    if before is None:
        return ReviewedRules({}, ())
    old, new = parts.load_rules(before.files), parts.load_rules(after.files)
    return compare_rules(old, new, before.files, after.files)


def _agreed(canary: Canary | None) -> float | None:
    """Return the share of decisions in which a canary said the same, of those that tell."""
    if canary is None:
        return None
    counts = canary.counts
    told = counts.compared - counts.unsure
    return 1 - (counts.to_smash + counts.to_pass + counts.moved) / told if told else None


def _rows(rules: LoadedRules, paths: dict[str, str], index: Index) -> Iterator[TreeRow]:
    """Yield the trees, each decided over the whole library."""
    total = len(index.live) or 1
    for tree in rules.trees:
        said = verdicts(tree, index)
        smash, passed = len(said.sure("smash")) / total, len(said.sure("pass")) / total
        rest = (len(index.live) / total) - smash - passed
        ends = sum(1 for _ in leaves(tree.root))
        yield TreeRow(tree, paths[tree.id], depth(tree.root), ends, smash, passed, rest)
