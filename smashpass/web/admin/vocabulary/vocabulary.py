"""The vocabulary: lists of tags, all about one, and actions that are previewed first."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import quote

from flask import Response

from smashpass.core.errors import BadInput, Conflict, NotFound, SmashpassError
from smashpass.core.library.index import Index
from smashpass.core.operations.changelog import Texts
from smashpass.core.tags.names import TagId, normalise
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.vocabulary.actions import Preview, TagAction, perform, preview
from smashpass.services.vocabulary.browse import browse, neighbours
from smashpass.services.vocabulary.graph import BOX_HEIGHT, BOX_WIDTH, tag_graph
from smashpass.services.vocabulary.history import history_of
from smashpass.services.vocabulary.lists import show_tag
from smashpass.services.vocabulary.plans import require_tag
from smashpass.services.vocabulary.texts import LONGEST
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes

SAMPLES = 12
PROPOSED = 10
NEIGHBOURS = 16
LISTED = 60
"""Aliases, and tags that imply this one, that a page shows; the file of the vocabulary has all."""
_ANY = "*"
_FINGERPRINT = 32

pages = PageRoutes("tags")


def tag_path(name: str) -> str:
    """Return the path of a tag's page below ``/admin``.

    No name begins with ``-``, so what stands behind ``/tags/-`` is never a tag. Names that a
    browser or a proxy would make shorter, as ``a//b`` and ``..``, go into the query.
    """
    if any(part in ("", ".", "..") for part in name.split("/")):
        return f"/tags/-?name={quote(name, safe='')}"
    return f"/tags/{quote(name, safe='')}"


@pages.get("/tags", who="analyst")
def tags(ask: AdminRequest) -> Response:
    """All tags, the commonest first."""
    index = ask.parts.library.index
    completion = ask.parts.completion
    prefix = ask.args.get("prefix", "").strip()[:400]
    category = ask.args.get("category", _ANY)
    found = browse(
        index,
        completion.ranked(index),
        completion.texts(index),
        prefix=prefix,
        category=None if category == _ANY else category,
        page=number_of(ask.args.get("page", "")),
    )
    near = [] if found.total or not prefix else index.vocabulary.nearest(prefix)
    return ask.page(
        "tags.html",
        found=found,
        prefix=prefix,
        category=category,
        near=near,
        tag_path=tag_path,
    )


@pages.get("/tags/-", who="analyst")
def tag_by_query(ask: AdminRequest) -> Response:
    """One tag whose name no path can hold."""
    return _tag_page(ask, ask.args.get("name", ""))


@pages.get("/tags/<path:name>", who="analyst")
def tag(ask: AdminRequest) -> Response:
    """One tag with all about it."""
    return _tag_page(ask, ask.path["name"])


@pages.get("/tags/-/look", who="analyst")
def look_at(ask: AdminRequest) -> Response:
    """What an action would do, exactly."""
    return _preview_page(ask, _wanted(ask.args))


@pages.get("/tags/-/names", who="analyst")
def names(ask: AdminRequest) -> Response:
    """Names that fit what is typed, for a module."""
    typed = ask.args.get("typed", "")[:400]
    found = ask.parts.completion.complete(ask.parts.library.index, typed, PROPOSED)
    return ask.json({"tags": found})


@pages.post("/tags/-/act", who="editor")
def act(ask: AdminRequest) -> Response:
    """Do what was previewed, if it would still do the same."""
    parts, wanted = ask.parts, _wanted(ask.form)
    parts.library.refresh()
    try:
        previewed = preview(parts.library.index, parts.rules.trees, wanted)
    except (BadInput, Conflict, NotFound) as error:
        return _preview_page(ask, wanted, error)
    if _fingerprint(previewed) != ask.form.get("fingerprint"):
        moved = Conflict("the library was edited since this preview, and the effect is another one",
                         hint="preview it again")  # fmt: skip
        return _preview_page(ask, wanted, moved)
    try:
        change = perform(
            parts.catalogue,
            wanted,
            by=ask.account.name,
            origin=ORIGIN,
            reason=ask.form.get("reason", ""),
        )
    except (BadInput, Conflict, NotFound) as error:
        return _preview_page(ask, wanted, error)
    parts.library.refresh()
    name = wanted.other if wanted.action in ("rename", "merge") else wanted.tag
    told = "No change was needed."
    if change is not None:
        told = f"Done: change {change.seq}. It can be taken back from the history below."
    return ask.go(tag_path(normalise(name)), told)


def number_of(text: str, default: int = 1) -> int:
    """Return the number of a page or of a thing that an address names."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _tag_page(ask: AdminRequest, wanted: str) -> Response:
    """Return the page of a tag; an alias leads to what it stands for."""
    parts = ask.parts
    index = parts.library.index
    words = index.vocabulary
    name = require_tag(words, normalise(wanted))
    number = words.resolve(name)
    assert number is not None
    canonical = words.names[number]
    if canonical != name:
        return ask.go(tag_path(canonical), f"{name} is another name of {canonical}.")
    shown = show_tag(index, parts.catalogue.tag(canonical))
    return ask.page(
        "tag.html",
        shown=shown,
        tag=shown.tag,
        through=[one for one in shown.implies_all if one not in shown.implies],
        graph=tag_graph(index, number),
        box_width=BOX_WIDTH,
        box_height=BOX_HEIGHT,
        together=neighbours(index, number, parts.completion.ranked(index), NEIGHBOURS),
        names=words.names,
        history=history_of(parts.changes, words, number),
        samples=_samples(ask, index, number),
        longest=LONGEST,
        listed=LISTED,
        tag_path=tag_path,
    )


def _samples(ask: AdminRequest, index: Index, number: TagId) -> list[dict[str, object]]:
    """Return the cards of the newest images of a tag."""
    images = index.having(number)
    newest = images[max(0, len(images) - SAMPLES) :]
    return [one.content for one in ask.parts.cards.of(index, [*newest][::-1])]


def _preview_page(
    ask: AdminRequest, wanted: TagAction, error: SmashpassError | None = None
) -> Response:
    """Return what an action would do, or why it cannot be done."""
    parts = ask.parts
    parts.library.refresh()
    index = parts.library.index
    require_tag(index.vocabulary, normalise(wanted.tag))
    previewed = None
    try:
        previewed = preview(index, parts.rules.trees, wanted)
    except (BadInput, Conflict, NotFound) as refused:
        error = refused
    kinds = ((BadInput, 400), (NotFound, 404), (Conflict, 409))
    status = next((number for kind, number in kinds if isinstance(error, kind)), 200)
    return ask.page(
        "tag_look.html",
        status,
        wanted=wanted,
        preview=previewed,
        fingerprint="" if previewed is None else _fingerprint(previewed),
        error=error,
        reason=ask.form.get("reason", ""),
        longest=LONGEST,
        longest_reason=MAX_LENGTH,
        tag_path=tag_path,
    )


def _fingerprint(previewed: Preview) -> str:
    """Return what the form sends back, so that nothing else is done than what was shown."""
    return hashlib.sha256(previewed.fingerprint.encode()).hexdigest()[:_FINGERPRINT]


def _wanted(fields: Mapping[str, str]) -> TagAction:
    """Return the action that the fields of a form ask for."""
    texts: Texts = (
        fields.get("category", ""),
        fields.get("label", ""),
        fields.get("description", ""),
    )
    return TagAction(fields.get("act", ""), fields.get("tag", ""), fields.get("other", ""), texts)
