"""The editor of rule files: what the author writes, what is wrong with it, and what it draws."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, render_template

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadInput, StaleVersion
from smashpass.core.text.line_endings import restore_line_endings
from smashpass.services.rules.authoring.drafts import EditedFile, overlaid, require_path
from smashpass.services.rules.authoring.inspection import Inspection, inspect_file
from smashpass.services.rules.coverage import yaml_of
from smashpass.services.rules.sets import file_differences
from smashpass.web.admin.request import AdminRequest, PageRoutes
from smashpass.web.admin.rules.texts import cut_differences, fold, number_of
from smashpass.web.admin.rules.tree_picture import TreePicture, percent, picture

pages = PageRoutes("rules")

MISSING = 5
"""Missing tests that the editor proposes at once."""


@pages.get("/rules/new", who="editor")
def new_file(ask: AdminRequest) -> Response:
    """The way to a file that the set lacks."""
    path = ask.args.get("path", "").strip()
    require_path(path)
    return ask.go(f"/rules/edit/{quote(path)}")


@pages.get("/rules/edit/<path:path>", who="analyst")
def edit_page(ask: AdminRequest) -> Response:
    """One file with its tree beside it; who may not edit sees it all the same."""
    return _page(ask, ask.parts.drafting.open(ask.account.id, ask.path["path"]))


@pages.post("/rules/edit/<path:path>", who="editor", large=True)
def save(ask: AdminRequest) -> Response:
    """Keep a draft, errors and all; nothing of it decides yet."""
    drafting, path, sent = ask.parts.drafting, ask.path["path"], ask.form.get("text", "")
    seen, base = number_of(ask.form.get("seen", "")), number_of(ask.form.get("base", ""))
    try:
        piece = drafting.save(ask.account.id, path, sent, last_saved_at=seen, base=base)
    except StaleVersion as error:
        piece = drafting.open(ask.account.id, path)
        return _page(
            ask, piece, typed=restore_line_endings(piece.text, sent), wrong=str(error), status=409
        )
    except BadInput as error:
        require_path(path)
        piece = drafting.open(ask.account.id, path)
        return _page(ask, piece, typed=sent, wrong=str(error), status=400)
    told = "Your draft is saved. It decides nothing until it is published."
    if not piece.saved_at:
        told = "The text is as published, so there is no draft of it."
    elif not piece.text:
        told = "Your draft is empty: publishing it takes the file out of the set."
    return ask.go(f"/rules/edit/{quote(path)}", told=told)


@pages.post("/rules/check/<path:path>", who="analyst", large=True)
def check(ask: AdminRequest) -> Response:
    """What a module asks while somebody types: problems, the tree, its tests."""
    piece = ask.parts.drafting.open(ask.account.id, ask.path["path"])
    look = _look(ask.parts, piece.path, restore_line_endings(piece.text, ask.form.get("text", "")))
    values = _seen(look, piece.path)
    return ask.json(
        {
            "told": told_of(look),
            "errors": look.errors,
            "problems": [each.as_json() for each in look.problems],
            "side": render_template("admin/rule_side.html", **values),
            "below": render_template("admin/rule_below.html", **values),
        }
    )


@pages.post("/rules/drafts/drop", who="editor")
def drop(ask: AdminRequest) -> Response:
    """Forget drafts: one, or all."""
    drafting = ask.parts.drafting
    path = ask.form.get("file", "")
    paths = [path] if path else [piece.path for piece in drafting.all(ask.account.id)]
    count = drafting.drop(ask.account.id, paths)
    return ask.go("/rules", told=f"{count} draft{'' if count == 1 else 's'} dropped.")


@pages.post("/rules/drafts/rebase/<path:path>", who="editor")
def rebase(ask: AdminRequest) -> Response:
    """Let a draft go on from what others published: as it is, or with their edits in it."""
    drafting, path = ask.parts.drafting, ask.path["path"]
    seen = number_of(ask.form.get("seen", ""))
    told = "Your text goes on from the active revision; what others changed is not in it."
    text = None
    if ask.form.get("how") == "merge":
        merged = drafting.open(ask.account.id, path).merged()
        text, told = merged.text, "Both edits are in your draft now."
        if merged.conflicts:
            told = f"Both edits are in your draft; {merged.conflicts} lines need your choice."
    drafting.rebase(ask.account.id, path, last_saved_at=seen, text=text)
    return ask.go(f"/rules/edit/{quote(path)}", told=told)


def told_of(look: Inspection) -> str:
    """Return in a few words how a file is doing, for the status line."""
    warnings = len(look.problems) - look.errors
    parts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((look.errors, "error"), (warnings, "warning"))
        if count
    ]
    if look.tests:
        parts.append(f"{look.passed} of {len(look.tests)} tests pass")
    return ", ".join(parts) or "No problem found"


def _page(
    ask: AdminRequest,
    piece: EditedFile,
    *,
    typed: str | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    """Return the editor with a text in it."""
    text = piece.text if typed is None else typed
    look = _look(ask.parts, piece.path, text)
    stale = file_differences({piece.path: piece.began or ""}, {piece.path: piece.published or ""})
    kept = file_differences({piece.path: text}, {piece.path: piece.text})
    return ask.page(
        "rule_editor.html",
        status,
        piece=piece,
        text=text,
        wrong=wrong,
        told_of=told_of(look),
        theirs=cut_differences(stale) if piece.is_stale else [],
        kept=cut_differences(kept) if status == 409 else [],
        **_seen(look, piece.path),
    )


def _look(parts: Installation, path: str, text: str) -> Inspection:
    """Look at one file with a text, in the active set."""
    active = parts.drafting.active()
    parts.library.refresh()
    rules = parts.load_rules(overlaid(active.files, {path: text}))
    name = rules.ids.get(path, "")
    return inspect_file(rules, path, parts.library.index, parts.recorded(active.sha256).of(name))


def _seen(look: Inspection, path: str) -> dict[str, object]:
    """Return what the templates of the sides show."""
    drawn: TreePicture | None = None if look.root is None else picture(look.root)
    covered = look.covered
    return {
        "look": look,
        "own_path": path,
        "drawn": drawn,
        "percent": percent,
        "fold": fold,
        "missing": [] if covered is None else [
            (goal.name, yaml_of(example))
            for goal, example in covered.missing[:MISSING] if example is not None
        ],
    }  # fmt: skip
