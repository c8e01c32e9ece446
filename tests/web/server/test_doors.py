"""Doors: an act has the same effect, audit entry and refusal through page, API and command line."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smashpass.cli.installation import operator
from smashpass.core.operations.audit import AuditAction
from smashpass.services.search.search import tag_names
from smashpass.services.vocabulary.actions import ACTIONS
from tests.support.doors import PASSWORD, TREE, WHY, Doors
from tests.support.paths import ROOT

ADDED = {"second.yaml": TREE.format(id="second", labels="", tag="crown")}
BARE = {"first.yaml": TREE.format(id="first", labels="", tag="smile")}


@dataclass
class Outcome:
    """What came of an act: whether it was done, the library afterwards, new audit entries."""

    done: bool
    state: Any
    trail: list[tuple[str, str, dict[str, Any]]]


def write(files: dict[str, str], folder: str = "rules") -> str:
    """Write rule files below the current folder; return the folder's name."""
    for path, text in files.items():
        place = Path(folder) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder


def on_page(action: str, tag: str, other: str = "") -> Callable[[Doors], bool]:
    """Preview an action on a tag and apply it, as the page does."""

    def do(doors: Doors) -> bool:
        form = {"act": action, "tag": tag, "other": other}
        preview = doors.page.get("/tags/-/preview", query_string=form)
        mark = re.search(r'name="fingerprint" value="([0-9a-f]+)"', preview.text)
        if mark is None:
            return False
        answer = doors.page.submit("/tags/-/act", fingerprint=mark[1], reason=WHY, **form)
        return answer.status_code == 303

    return do


def drafted(files: dict[str, str], path: str, **form: str) -> Callable[[Doors], bool]:
    """Draft rule files and publish or try them, as the pages do."""

    def do(doors: Doors) -> bool:
        base = str(doors.parts.revisions.slots().active)
        for name, text in files.items():
            doors.page.submit(f"/rules/edit/{name}", text=text, seen="0", base=base)
        review = doors.page.get("/rules/review").text
        mark = re.search(r'name="mark" value="([0-9a-f]+)"', review)
        assert mark is not None
        answer = doors.page.submit(path, mark=mark[1], reason=WHY, **form)
        return answer.status_code == 303

    return do


def submitted(path: str, **form: str) -> Callable[[Doors], bool]:
    """Send a form that needs no preview."""
    return lambda doors: doors.page.submit(path, **form).status_code == 303


def asked(method: str, path: str, body: Any = None) -> Callable[[Doors], bool]:
    """Ask the API."""
    return lambda doors: doors.api(method, path, body)


def typed(*arguments: str) -> Callable[[Doors], bool]:
    """Type a command."""
    return lambda doors: doors.cli(*arguments)


def newest_change(doors: Doors) -> int:
    """The number of the last entry of the change log."""
    return doors.parts.changes.latest()


def revert_through(door: str) -> Callable[[Doors], bool]:
    """Revert the last change, which made an alias."""

    def do(doors: Doors) -> bool:
        number = newest_change(doors)
        if door == "api":
            return bool(doors.api("POST", f"/changes/{number}/revert"))
        form = {"change": str(number), "reason": f"revert of change {number}"}
        return doors.page.submit("/changes/-/undo", **form).status_code == 303

    return do


def bulk_on_page(doors: Doors) -> bool:
    """Preview a bulk edit and apply it, as the page does."""
    form = {"q": "crown", "add": "gold", "remove": ""}
    mark = re.search(
        r'name="fingerprint" value="([^"]+)"', doors.page.get("/bulk", query_string=form).text
    )
    assert mark is not None
    return doors.page.submit("/bulk", fingerprint=mark[1], reason=WHY, **form).status_code == 303


def words_on_page(doors: Doors) -> bool:
    """Preview a tag dictionary and import it, as the page does."""

    def send(**form: str) -> Any:
        file = (io.BytesIO(DICTIONARY.encode()), "words.csv")
        return doors.page.submit("/tags/-/import", file=file, reason=WHY, **form)

    mark = re.search(r'name="fingerprint" value="([0-9a-f]+)"', send().text)
    assert mark is not None
    return bool(send(do="apply", fingerprint=mark[1]).status_code == 303)


def words_typed(doors: Doors) -> bool:
    """Import a tag dictionary by a command."""
    Path("words.csv").write_text(DICTIONARY, encoding="utf-8")
    return doors.cli("tags", "import", "words.csv", "--reason", WHY)


def account_typed(doors: Doors) -> bool:
    """Create an account by a command."""
    before, sys.stdin = sys.stdin, io.StringIO(f"{PASSWORD}\n")
    try:
        return doors.cli("admin", "create", "bob", "--role", "editor")
    finally:
        sys.stdin = before


def image(doors: Doors) -> str:
    """An image that is shown."""
    return str(doors.parts.image_ids.encode(doors.parts.library.index.live[0]))


def held(doors: Doors) -> str:
    """The image in quarantine."""
    ordinal = doors.parts.catalogue.find("shop", "held")
    assert ordinal is not None
    return str(doors.parts.image_ids.encode(ordinal))


def tags_on_page(doors: Doors) -> bool:
    """Save the tags of an image, as its page does."""
    index = doors.parts.library.index
    tags_before = " ".join(tag_names(index, index.own_tags(index.live[0])))
    form = {"seen": tags_before, "tags": f"{tags_before} gold", "reason": WHY}
    return doors.page.submit(f"/images/{image(doors)}/tags", **form).status_code == 303


def start_a_canary(doors: Doors) -> None:
    """Let other rules run beside the active ones."""
    files = doors.parts.load_rules(ADDED)
    doors.parts.canarying.start(files, 5, whole=False, by="t", origin="test")


Do = Callable[[Doors], bool]
DICTIONARY = "name,label,aliases,implications\nbeard,Beard,whiskers,\nscarf,,,\n"

BEFORE: dict[str, Callable[[Doors], None]] = {"end the canary": start_a_canary}
"""What has to be so before an act makes sense."""

ACTS: dict[str, tuple[AuditAction, dict[str, Do]]] = {
    "alias": (AuditAction.TAG_ALIAS, {
        "page": on_page("alias", "beard", "whiskers"),
        "api": asked("POST", "/tags/aliases", {"alias": "whiskers", "tag": "beard", "reason": WHY}),
        "cli": typed("tags", "alias", "whiskers", "beard", "--reason", WHY),
    }),
    "unalias": (AuditAction.TAG_UNALIAS, {
        "page": on_page("unalias", "glasses", "eye/wear"),
        "api": asked("DELETE", f"/tags/aliases/eye%2Fwear?reason={WHY.replace(' ', '%20')}"),
        "cli": typed("tags", "alias", "--remove", "eye/wear", "glasses", "--reason", WHY),
    }),
    "imply": (AuditAction.TAG_IMPLY, {
        "page": on_page("imply", "crown", "beard"),
        "api": asked(
            "POST", "/tags/implications", {"tag": "crown", "implies": "beard", "reason": WHY}
        ),
        "cli": typed("tags", "imply", "crown", "beard", "--reason", WHY),
    }),
    "rename": (AuditAction.TAG_RENAME, {
        "page": on_page("rename", "crown", "tiara"),
        "api": asked(
            "POST", "/tags/actions",
            {"action": "rename", "tag": "crown", "other": "tiara", "reason": WHY},
        ),
        "cli": typed("tags", "rename", "crown", "tiara", "--reason", WHY),
    }),
    "merge": (AuditAction.TAG_MERGE, {
        "page": on_page("merge", "crown", "smile"),
        "api": asked(
            "POST", "/tags/actions",
            {"action": "merge", "tag": "crown", "other": "smile", "reason": WHY},
        ),
        "cli": typed("tags", "merge", "crown", "smile", "--reason", WHY),
    }),
    "deprecate": (AuditAction.TAG_DEPRECATE, {
        "page": on_page("deprecate", "crown"),
        "api": asked(
            "POST", "/tags/actions", {"action": "deprecate", "tag": "crown", "reason": WHY}
        ),
        "cli": typed("tags", "deprecate", "crown", "--reason", WHY),
    }),
    "publish a file": (AuditAction.RULES_PUBLISH, {
        "page": drafted(ADDED, "/rules/review/publish"),
        "api": asked("POST", "/rules/publish", {"files": ADDED, "reason": WHY}),
        "cli": lambda doors: doors.cli(
            "rules", "publish", f"{write(ADDED)}/second.yaml", "--reason", WHY
        ),
    }),
    "publish the whole set": (AuditAction.RULES_PUBLISH, {
        "api": asked(
            "POST", "/rules/publish",
            {"files": ADDED, "whole": True, "allow_no_default": True, "reason": WHY},
        ),
        "cli": lambda doors: doors.cli(
            "rules", "publish", write(ADDED), "--reason", WHY, "--allow-no-default"
        ),
    }),
    "roll back": (AuditAction.RULES_ROLLBACK, {
        "page": submitted("/rules/rollback", number="1", reason=WHY),
        "api": lambda doors: doors.api(
            "POST", "/rules/rollback", {"revision": first_revision(doors), "reason": WHY}
        ),
        "cli": lambda doors: doors.cli(
            "rules", "rollback", first_revision(doors), "--reason", WHY
        ),
    }),
    "canary": (AuditAction.RULES_CANARY, {
        "page": drafted(ADDED, "/rules/review/canary", percent="5"),
        "api": asked("POST", "/rules/canary", {"files": ADDED, "percent": 5, "reason": WHY}),
        "cli": lambda doors: doors.cli(
            "rules", "canary", f"{write(ADDED)}/second.yaml", "--percent", "5", "--reason", WHY
        ),
    }),
    "end the canary": (AuditAction.RULES_CANARY_END, {
        "page": submitted("/rules/canary/end"),
        "api": asked("DELETE", "/rules/canary"),
        "cli": typed("rules", "canary", "--off"),
    }),
    "tag an image": (AuditAction.IMAGE_TAG, {
        "page": tags_on_page,
        "api": lambda doors: doors.api(
            "PATCH", f"/images/{image(doors)}/tags", {"add": ["gold"], "reason": WHY}
        ),
    }),
    "tag images in bulk": (AuditAction.IMAGE_BULK_TAG, {
        "page": bulk_on_page,
        "api": asked("POST", "/tags/bulk", {"query": "crown", "add": ["gold"], "reason": WHY}),
    }),
    "import a tag dictionary": (AuditAction.TAG_IMPORT, {
        "page": words_on_page, "cli": words_typed,
    }),
    "release from quarantine": (AuditAction.QUARANTINE_RELEASE, {
        "page": lambda doors: doors.page.submit(
            f"/quarantine/{held(doors)}/release", licence="MIT", reason=WHY
        ).status_code == 303,
        "api": lambda doors: doors.api(
            "POST", f"/quarantine/{held(doors)}/release", {"licence": "MIT", "reason": WHY}
        ),
        "cli": lambda doors: doors.cli(
            "quarantine", "release", held(doors), "--licence", "MIT", "--reason", WHY
        ),
    }),
    "reject from quarantine": (AuditAction.QUARANTINE_REJECT, {
        "page": lambda doors: doors.page.submit(
            f"/quarantine/{held(doors)}/reject", reason=WHY
        ).status_code == 303,
        "api": lambda doors: doors.api(
            "POST", f"/quarantine/{held(doors)}/reject", {"reason": WHY}
        ),
        "cli": lambda doors: doors.cli("quarantine", "reject", held(doors), "--reason", WHY),
    }),
    "take an image down": (AuditAction.IMAGE_TAKEDOWN, {
        "api": lambda doors: doors.api(
            "POST", f"/images/{image(doors)}/takedown", {"reason": WHY}
        ),
        "cli": lambda doors: doors.cli("takedown", image(doors), "--reason", WHY),
    }),
    "create an account": (AuditAction.ACCOUNT_CREATE, {
        "page": submitted("/accounts", name="bob", role="editor", password=PASSWORD),
        "cli": account_typed,
    }),
    "cancel a job": (AuditAction.JOB_CANCEL, {
        "page": submitted("/jobs/1/cancel"),
        "api": asked("DELETE", "/jobs/1"),
    }),
    "revert a change": (AuditAction.CHANGE_REVERT, {
        "page": revert_through("page"),
        "api": revert_through("api"),
    }),
}  # fmt: skip

REFUSED: dict[str, dict[str, Do]] = {
    "an alias of a tag that does not exist": {
        "page": on_page("alias", "nope", "whiskers"),
        "api": asked("POST", "/tags/aliases", {"alias": "whiskers", "tag": "nope", "reason": WHY}),
        "cli": typed("tags", "alias", "whiskers", "nope", "--reason", WHY),
    },
    "an implication that makes a circle": {
        "page": on_page("imply", "beard", "beard"),
        "api": asked(
            "POST", "/tags/implications", {"tag": "beard", "implies": "beard", "reason": WHY}
        ),
        "cli": typed("tags", "imply", "beard", "beard", "--reason", WHY),
    },
    "rules that leave no default tree": {
        "page": drafted(BARE, "/rules/review/publish"),
        "api": asked("POST", "/rules/publish", {"files": BARE, "reason": WHY}),
        "cli": lambda doors: doors.cli(
            "rules", "publish", f"{write(BARE)}/first.yaml", "--reason", WHY
        ),
    },
    "a canary that has no default tree": {
        "page": drafted(BARE, "/rules/review/canary", percent="5"),
        "api": asked("POST", "/rules/canary", {"files": BARE, "percent": 5}),
        "cli": lambda doors: doors.cli(
            "rules", "canary", f"{write(BARE)}/first.yaml", "--percent", "5"
        ),
    },
}


def first_revision(doors: Doors) -> str:
    """The name of the rules that came first."""
    return doors.parts.publishing.list()[-1].sha256


def outcome(doors: Doors, act: Do, actor: str) -> Outcome:
    """Do an act and return what came of it."""
    before = len([*doors.parts.audit.entries()])
    succeeded = act(doors)
    entries = [*doors.parts.audit.entries()][before:]
    assert {entry.actor for entry in entries} <= {actor}
    trail = [
        (
            entry.action,
            entry.target,
            {name: value for name, value in entry.detail.items() if name != "origin"},
        )
        for entry in entries
    ]
    return Outcome(succeeded, doors.state(), trail)


ACTORS = {"page": "admin", "api": "admin", "cli": operator()}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_has_the_same_effect_and_audit_entry_through_every_door(doors, name, capsys):
    action, ways = ACTS[name]
    outcomes, before = {}, None
    for door, act in ways.items():
        opened = doors()
        BEFORE.get(name, lambda _: None)(opened)
        before = before or opened.state()  # the same for each door
        outcomes[door] = outcome(opened, act, ACTORS[door])
        assert outcomes[door].done, (door, capsys.readouterr())
        assert outcomes[door].state != before, door
    first = next(iter(outcomes.values()))
    assert [entry[0] for entry in first.trail] == [action]
    for door, effect in outcomes.items():
        assert effect.trail == first.trail, door
        assert effect.state == first.state, door


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_through_every_door_and_leaves_nothing(doors, name):
    before = None
    for door, act in REFUSED[name].items():
        opened = doors()
        before = before or opened.state()  # the same for each door
        effect = outcome(opened, act, ACTORS[door])
        assert (effect.done, effect.state, effect.trail) == (False, before, []), door


def table() -> list[str]:
    """The rows of the table in docs/doors.md."""
    return [
        f"| {name} | `{action}` | "
        + " | ".join("yes" if door in ways else "" for door in ("page", "api", "cli"))
        + " |"
        for name, (action, ways) in ACTS.items()
    ]


def test_the_table_in_the_docs_is_the_one_that_is_tested():
    text = (ROOT / "docs" / "doors.md").read_text(encoding="utf-8")
    rows = [" ".join(line.split()) for line in text.splitlines() if line.startswith("| ")][1:]
    assert rows[: len(ACTS)] == [" ".join(row.split()) for row in table()]
    documented = {*re.findall(r"`([a-z]+\.[a-z_]+)`", text)}
    assert documented == {*map(str, AuditAction)}


def test_every_action_on_a_tag_and_every_audited_act_has_a_name_of_its_own():
    assert {tag_action.audited for tag_action in ACTIONS.values()} <= set(AuditAction)
    names = [tag_action.audited for tag_action in ACTIONS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", action) for action in AuditAction)


def test_the_entry_and_the_change_are_written_together(doors):
    opened = doors()
    assert ACTS["alias"][1]["api"](opened)
    entry = [*opened.parts.audit.entries()][-1]
    change = opened.parts.changes.get(entry.detail["change"])
    assert (change.by, change.reason) == ("admin", WHY)
    assert json.loads(json.dumps(entry.detail)) == {
        "change": change.seq,
        "origin": "api",
        "reason": WHY,
    }
