"""Tracing: the way of one image through every active tree, drawn and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadInput, NotFound
from smashpass.core.library.facts import Facts
from smashpass.core.values import without_fraction
from smashpass.services.rules.authoring.outline import OutlineNode, only_path, outline
from smashpass.services.rules.authoring.trace import TreeTrace, trace
from smashpass.services.rules.book import facts_from_tags, parse_attributes, split_tags
from smashpass.services.search.search import tag_names
from smashpass.web.admin.request import AdminRequest, PageRoutes
from smashpass.web.admin.rules.tree_picture import TreePicture, percent, picture

pages = PageRoutes("rules")


@dataclass(frozen=True, slots=True)
class ShownTrace:
    """One tree with the way in it, drawn: whole for the one that was asked for."""

    traced: TreeTrace
    root: OutlineNode
    drawn: TreePicture | None
    whole: bool


@dataclass(frozen=True, slots=True)
class TraceSubject:
    """What is traced: an image of the library, or one that need not exist."""

    facts: Facts
    tags: Sequence[str]
    unknown: Sequence[str] = ()
    hidden: bool = False


@pages.get("/rules/trace", who="analyst")
def trace_page(ask: AdminRequest) -> Response:
    """The way of an image, or of some tags."""
    parts = ask.parts
    parts.library.refresh()
    asked = {name: ask.args.get(name, "").strip() for name in ("image", "tags", "attrs", "tree")}
    subject: TraceSubject | None = None
    wrong = ""
    try:
        if asked["image"] or asked["tags"]:
            subject = _subject(parts, asked)
        shown = [] if subject is None else _shown(parts, subject, asked)
    except (BadInput, NotFound) as error:
        wrong, shown = str(error), []
    return ask.page(
        "rule_trace.html",
        status=400 if wrong else 200,
        asked=asked,
        subject=subject,
        shown=shown,
        wrong=wrong,
        percent=percent,
        plain=without_fraction,
    )


def _subject(parts: Installation, asked: Mapping[str, str]) -> TraceSubject:
    """Return what is traced.

    Raises:
        BadInput: An attribute or a tag is none.
        NotFound: There is no such image.
    """
    index = parts.library.index
    pairs = [part for part in asked["attrs"].replace("\n", ",").split(",") if part.strip()]
    given = parse_attributes(pairs)
    if not asked["image"]:
        tags = split_tags(asked["tags"])
        words = index.vocabulary
        unknown = [tag for tag in tags if words.find(tag) is None]
        return TraceSubject(facts_from_tags(words, tags, given), tags, unknown)
    ordinal = parts.image_ids.decode(asked["image"])
    if ordinal is None or not (ordinal in index.live or ordinal in index.parts.hidden):
        raise NotFound(f"there is no image {asked['image'][:40]!r}", hint="give the id of one")
    facts = index.facts(ordinal, given)
    return TraceSubject(facts, tag_names(index, facts.own), (), ordinal not in index.live)


def _shown(
    parts: Installation, subject: TraceSubject, asked: Mapping[str, str]
) -> list[ShownTrace]:
    """Return every active tree with the way in it."""
    found = trace(
        parts.active_rules(), parts.library.index.vocabulary, subject.facts, image=asked["image"]
    )
    names = [one.tree.id for one in found]
    chosen = asked["tree"] if asked["tree"] in names else names[0]
    made = []
    for one in found:
        whole = one.tree.id == chosen
        root = outline(one.tree, path=set(one.node_paths))
        root = root if whole else only_path(root)
        made.append(ShownTrace(one, root, picture(root), whole))
    return made
