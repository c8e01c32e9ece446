"""``/viewers`` and ``/me``: who swipes, and everything that is kept about them."""

from __future__ import annotations

import json

from flask import Response

from smashpass.core.decks.pace import DAILY_MINUTES, DAY_US, MINUTE_US
from smashpass.core.imageset import Ordinal
from smashpass.core.people.swipe import Swipe
from smashpass.core.people.viewer import Viewer
from smashpass.core.protection.minors import protected
from smashpass.core.timestamps import moment_text
from smashpass.web.http.identity import Identity
from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.reading import Parameter
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schema import Schema
from smashpass.web.http.schemas import COUNT, IMAGE, MOMENT, TEXT, VERDICT, listed, maybe, obj

UNDER_AGE = "under-13"
AGE_BANDS = ("18+", "13-17")

_SWIPE = obj(
    {
        "id": TEXT,
        "image": IMAGE,
        "verdict": VERDICT,
        "at": MOMENT,
        "app_verdict": maybe(VERDICT),
        "revision": maybe(TEXT),
    }
)
_VIEWER = obj({"viewer": TEXT, "token": TEXT, "age_band": TEXT})
_REMINDER: Schema = {"type": "boolean"}
_MINUTES = maybe({"type": "integer", "minimum": DAILY_MINUTES[0], "maximum": DAILY_MINUTES[1]})
_SETTINGS = obj(
    {"break_reminder": _REMINDER, "break_reminder_fixed": {"type": "boolean"},
     "daily_limit": _MINUTES}
)  # fmt: skip
_ME = obj({"viewer": TEXT, "age_band": TEXT, "created_at": MOMENT, "settings": _SETTINGS,
           "swipes": COUNT, "smashes": COUNT})  # fmt: skip


def viewer_routes(identity: Identity) -> RouteTable:
    """Return the routes of viewers."""
    table = RouteTable("viewers")

    @table.add(
        "POST",
        "/viewers",
        who="nobody",
        body=obj({"age_band": {"type": "string", "enum": [*AGE_BANDS, UNDER_AGE]}}),
        answers={201: _VIEWER},
        problems=(403,),
    )
    def make(call: ApiRequest) -> Response:
        """Make a viewer; the cookie is for browsers, the token for others."""
        band = call.body["age_band"]
        if band == UNDER_AGE:
            raise RequestRefused(403, "under_age", "this is for people of 13 and older")
        viewer = call.parts.viewers.create(band)
        content = {"viewer": viewer.name, "token": identity.token_of(viewer), "age_band": band}
        answer = Response(json.dumps(content), 201, content_type="application/json")
        answer.cache_control.no_store = True
        identity.give_cookie(answer, viewer)
        return answer

    @table.add("GET", "/me", who="viewer", answers={200: _ME})
    def me(call: ApiRequest) -> dict[str, object]:
        """Who you are to us."""
        standing = call.state.verdicts
        return _viewer(call) | {
            "swipes": len(standing.smashed) + len(standing.passed),
            "smashes": len(standing.smashed),
        }

    @table.add(
        "PATCH",
        "/me",
        who="viewer",
        body=obj({"break_reminder": _REMINDER, "daily_limit": _MINUTES}, "break_reminder",
                 "daily_limit"),
        answers={200: obj({"settings": _SETTINGS})},
        problems=(403, 503),
    )  # fmt: skip
    def change(call: ApiRequest) -> dict[str, object]:
        """Switch the break reminder, or set how many minutes a day you want to swipe at most."""
        viewer, wish = call.state.viewer, call.body
        if protected(viewer.age_band, "break") and wish.get("break_reminder") is False:
            raise RequestRefused(403, "fixed_for_age", "under 18, the break reminder stays on")
        columns = {"break_reminder": "reminder", "daily_limit": "daily_minutes"}
        asked = {columns[name]: value for name, value in wish.items()}
        changed = call.parts.viewers.set_limits(viewer.id, asked) if asked else viewer
        return {"settings": _settings(changed)}

    @table.add(
        "GET",
        "/me/swipes",
        who="viewer",
        parameters=(
            Parameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": 500},
                "How many at most",
                default=100,
            ),
            Parameter(
                "after",
                {"type": "string", "maxLength": 18, "pattern": "^[0-9]+$"},
                "`next` of the page before",
            ),
        ),
        answers={200: obj({"swipes": listed(_SWIPE), "next": maybe(TEXT)})},
    )
    def swipes(call: ApiRequest) -> dict[str, object]:
        """Your swipes, last recorded first; `next` goes on, null ends."""
        before = None if call.args["after"] is None else int(call.args["after"])
        page, following = call.parts.swipes.page(
            call.state.viewer.id, before=before, limit=call.args["limit"]
        )
        names = _revisions(call)
        shown = [_swipe(call, one, names) for one in page if not one.undone]
        return {"swipes": shown, "next": None if following is None else str(following)}

    @table.add(
        "GET",
        "/me/export",
        who="viewer",
        answers={
            200: obj(
                {
                    "viewer": ANY,
                    "swipes": listed(_SWIPE),
                    "undone": listed(_SWIPE),
                    "decisions": listed(ANY),
                }
            )
        },
    )
    def export(call: ApiRequest) -> Response:
        """Everything that is kept about you, as one document."""
        names = _revisions(call)
        kept: list[dict[str, object]] = []
        undone: list[dict[str, object]] = []
        for one in call.parts.swipes.of_viewer(call.state.viewer.id):
            (undone if one.undone else kept).append(_swipe(call, one, names))
        content = {
            "viewer": _viewer(call) | _last_seen(call),
            "swipes": kept,
            "undone": undone,
            "decisions": call.parts.decisions_of(call.state.viewer),
        }
        answer = Response(json.dumps(content), content_type="application/json")
        answer.headers["Content-Disposition"] = 'attachment; filename="smashpass.json"'
        answer.cache_control.no_store = True
        return answer

    @table.add("DELETE", "/me", who="viewer", answers={204: None})
    def delete(call: ApiRequest) -> Response:
        """Delete yourself with all swipes."""
        call.parts.erase(call.state.viewer)
        answer = Response(b"", 204)
        answer.headers.pop("Content-Type", None)
        identity.take_cookie(answer)
        return answer

    return table


ANY = obj({}, more=True)


def _viewer(call: ApiRequest) -> dict[str, object]:
    """Return what is kept about the viewer, without swipes."""
    viewer = call.state.viewer
    return {
        "viewer": viewer.name,
        "age_band": viewer.age_band,
        "created_at": moment_text(viewer.created_at),
        "settings": _settings(viewer),
    }


def _last_seen(call: ApiRequest) -> dict[str, object]:
    """Return when the viewer swiped last, and where it is measured, for how long."""
    day, pace = call.parts.viewers.last_seen(call.state.viewer.id)
    return {
        "last_seen": moment_text(day * DAY_US)[:10],
        "swiping": {
            "since": moment_text(pace.since),
            "last": moment_text(pace.last),
            "day": moment_text(pace.day * DAY_US)[:10],
            "seconds": pace.today // 1_000_000,
        }
        if pace.last
        else None,
    }


def _settings(viewer: Viewer) -> dict[str, object]:
    """Return what holds for a viewer, and whether they may change it."""
    daily_us = viewer.limits.daily_us
    return {
        "break_reminder": viewer.limits.reminder,
        "break_reminder_fixed": protected(viewer.age_band, "break"),
        "daily_limit": None if daily_us is None else daily_us // MINUTE_US,
    }


def _revisions(call: ApiRequest) -> dict[int, str]:
    """Return the names of all revisions by number."""
    return {one.number: one.sha256 for one in call.parts.revisions.list()}


def _swipe(call: ApiRequest, one: Swipe, revisions: dict[int, str]) -> dict[str, object]:
    """Return a swipe as its viewer gets it."""
    return {
        "id": one.id,
        "image": call.parts.image_ids.encode(Ordinal(one.image)),
        "verdict": one.verdict,
        "at": moment_text(one.at),
        "app_verdict": one.app_verdict,
        "revision": None if one.revision is None else revisions.get(one.revision),
    }
