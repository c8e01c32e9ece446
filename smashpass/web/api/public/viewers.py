"""``/viewers`` and ``/me``: viewers, and all data stored about them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import get_args

from flask import Response

from smashpass.core.decks.pace import DAILY_MINUTES, DAY_US, MINUTE_US
from smashpass.core.decks.results import MOST_STEPS, SHOWN_TAGS
from smashpass.core.people.viewer import Viewer
from smashpass.core.protection.minors import protected
from smashpass.core.timestamps import moment_text
from smashpass.services.decks.results import SHOWN_CARDS, Show
from smashpass.services.decks.service import StoredSwipe
from smashpass.web.http.identity import Identity
from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.reading import Parameter
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schema import Schema
from smashpass.web.http.schemas import (
    COUNT,
    IMAGE,
    MOMENT,
    PAGING,
    QUERY,
    TAG,
    TEXT,
    VERDICT,
    listed,
    maybe,
    obj,
)

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
_SHOWS = get_args(Show)
_COUNTS = dict.fromkeys(("cards", "smashed", "compared", "app_smashed", "agreed"), COUNT)
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_CHOICES = listed(obj({"image": IMAGE, "verdict": VERDICT, "likelihood": _SHARE}), 3)
_RESULTS = obj(
    {
        "swipes": COUNT,
        "needed": COUNT,
        "overall": obj(_COUNTS),
        "tags": listed(
            obj({"tag": TAG, **_COUNTS, "low": _SHARE, "high": _SHARE,
                 "certain": {"type": "boolean"}}),
            SHOWN_TAGS,
        ),
        "differing": listed(
            obj({"image": IMAGE, "verdict": VERDICT, "app_verdict": VERDICT}), SHOWN_CARDS
        ),
        "typical": maybe(obj({"most": _CHOICES, "least": _CHOICES})),
        "steps": listed(obj({"first": COUNT, "last": COUNT, **_COUNTS}), MOST_STEPS),
    }
)  # fmt: skip
_VIEWER = obj({"viewer": TEXT, "token": TEXT, "age_band": TEXT})
_SWITCH: Schema = {"type": "boolean"}
_MINUTES = maybe({"type": "integer", "minimum": DAILY_MINUTES[0], "maximum": DAILY_MINUTES[1]})
_SETTINGS = obj(
    {"break_reminder": _SWITCH, "break_reminder_fixed": _SWITCH, "daily_limit": _MINUTES,
     "suggestions": _SWITCH, "suggestions_fixed": _SWITCH}
)  # fmt: skip
_ME = obj({"viewer": TEXT, "age_band": TEXT, "created_at": MOMENT, "settings": _SETTINGS,
           "swipes": COUNT, "smashes": COUNT})  # fmt: skip


def viewer_routes(identity: Identity) -> RouteTable:
    """Return the routes of viewers."""
    table = RouteTable("viewers")

    @table.add(
        "POST",
        "/viewers",
        access="nobody",
        body=obj({"age_band": {"type": "string", "enum": [*AGE_BANDS, UNDER_AGE]}}),
        answers={201: _VIEWER},
        problems=(403,),
    )
    def make(request: ApiRequest) -> Response:
        """Create a viewer; the cookie is for browsers, the token for other clients."""
        band = request.body["age_band"]
        if band == UNDER_AGE:
            raise RequestRefused(403, "under_age", "this is for people of 13 and older")
        viewer = request.services.decks.create_viewer(band)
        content = {"viewer": viewer.name, "token": identity.token_of(viewer), "age_band": band}
        answer = Response(json.dumps(content), 201, content_type="application/json")
        answer.cache_control.no_store = True
        identity.give_cookie(answer, viewer)
        return answer

    @table.add("GET", "/me", access="viewer", answers={200: _ME})
    def me(request: ApiRequest) -> dict[str, object]:
        """Your viewer account."""
        standing = request.state.verdicts
        return _viewer(request) | {
            "swipes": len(standing.smashed) + len(standing.passed),
            "smashes": len(standing.smashed),
        }

    @table.add(
        "PATCH",
        "/me",
        access="viewer",
        body=obj({"break_reminder": _SWITCH, "daily_limit": _MINUTES, "suggestions": _SWITCH},
                 "break_reminder", "daily_limit", "suggestions"),
        answers={200: obj({"settings": _SETTINGS})},
        problems=(403, 503),
    )  # fmt: skip
    def change(request: ApiRequest) -> dict[str, object]:
        """Switch the break reminder or suggestions, or set your daily limit in minutes.

        Without suggestions your swipes order no cards, tell no tree your taste and train no model.
        """
        viewer, body = request.state.viewer, request.body
        if protected(viewer.age_band, "break") and body.get("break_reminder") is False:
            raise RequestRefused(403, "fixed_for_age", "under 18, the break reminder stays on")
        if protected(viewer.age_band, "no_taste") and body.get("suggestions"):
            raise RequestRefused(403, "fixed_for_age", "under 18, there are no suggestions")
        columns = {"break_reminder": "reminder", "daily_limit": "daily_minutes",
                   "suggestions": "taste"}  # fmt: skip
        changes = {columns[name]: value for name, value in body.items()}
        return {"settings": _settings(request.services.decks.set_limits(viewer, changes))}

    @table.add(
        "GET",
        "/me/swipes",
        access="viewer",
        parameters=(*PAGING, Parameter("q", QUERY, "Only swipes of images matching this query"),
                    Parameter("image", IMAGE, "Only the swipe on this image"),
                    Parameter("show", {"type": "string", "enum": [*_SHOWS]},
                              "Only swipes with this verdict, or where the rules differed")),
        answers={200: obj({"swipes": listed(_SWIPE), "next": maybe(TEXT), "matched": COUNT},
                          "matched")},
        problems=(400,),
    )  # fmt: skip
    def swipes(request: ApiRequest) -> dict[str, object]:
        """Your swipes, most recent first; `next` is null on the last page.

        With `q`, `show` or `image`: the one that counts on each image, and how many match.
        """
        args, state = request.args, request.state
        before = None if args["after"] is None else int(args["after"])
        if all(args[name] is None for name in ("q", "show", "image")):
            page, following = request.services.decks.swipes(
                state.viewer, before=before, limit=args["limit"]
            )
            return _swipe_page(page, following)
        filtered = request.services.results.filtered(
            state,
            query=args["q"] or "",
            image=args["image"],
            show=args["show"] or "all",
            before=before,
            limit=args["limit"],
        )
        return _swipe_page(filtered.swipes, filtered.following) | {"matched": filtered.matched}

    @table.add("GET", "/me/taste", access="viewer", answers={200: _RESULTS})
    def taste(request: ApiRequest) -> dict[str, object]:
        """What your swipes add up to, beside the verdicts of the rules on the same cards.

        `tags`, `typical` and `steps` are empty below `needed` swipes.
        """
        return request.services.results.report(request.state)

    @table.add(
        "GET",
        "/me/export",
        access="viewer",
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
    def export(request: ApiRequest) -> Response:
        """All data stored about you, as one document."""
        current: list[dict[str, object]] = []
        undone: list[dict[str, object]] = []
        for stored in request.services.decks.all_swipes(request.state.viewer):
            (undone if stored.swipe.undone else current).append(_swipe(stored))
        content = {
            "viewer": _viewer(request) | _last_seen(request),
            "swipes": current,
            "undone": undone,
            "decisions": request.services.privacy.decisions_of(request.state.viewer),
        }
        answer = Response(json.dumps(content), content_type="application/json")
        answer.headers["Content-Disposition"] = 'attachment; filename="smashpass.json"'
        answer.cache_control.no_store = True
        return answer

    @table.add("DELETE", "/me/break", access="viewer", answers={204: None}, problems=(403, 409))
    def end_break(request: ApiRequest) -> Response:
        """Go on before a break is over; not under 18, and not past a daily limit."""
        request.services.decks.end_break(request.state)
        answer = Response(b"", 204)
        answer.headers.pop("Content-Type", None)
        return answer

    @table.add("DELETE", "/me", access="viewer", answers={204: None})
    def delete(request: ApiRequest) -> Response:
        """Delete your viewer account and all swipes."""
        request.services.privacy.erase(request.state.viewer)
        answer = Response(b"", 204)
        answer.headers.pop("Content-Type", None)
        identity.take_cookie(answer)
        return answer

    return table


ANY = obj({}, more=True)


def _viewer(request: ApiRequest) -> dict[str, object]:
    """Return the stored data of the viewer, without swipes."""
    viewer = request.state.viewer
    return {
        "viewer": viewer.name,
        "age_band": viewer.age_band,
        "created_at": moment_text(viewer.created_at),
        "settings": _settings(viewer),
    }


def _last_seen(request: ApiRequest) -> dict[str, object]:
    """Return when the viewer swiped last, and for how long where that is measured."""
    day, pace = request.services.decks.last_seen(request.state.viewer)
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


def _swipe_page(page: Sequence[StoredSwipe], following: int | None) -> dict[str, object]:
    """Return one page of swipes, and the cursor of the next one."""
    return {
        "swipes": [_swipe(stored) for stored in page],
        "next": None if following is None else str(following),
    }


def _settings(viewer: Viewer) -> dict[str, object]:
    """Return the settings of a viewer, and which are fixed."""
    daily_us = viewer.limits.daily_us
    return {
        "break_reminder": viewer.limits.reminder,
        "break_reminder_fixed": protected(viewer.age_band, "break"),
        "daily_limit": None if daily_us is None else daily_us // MINUTE_US,
        "suggestions": viewer.has_suggestions,
        "suggestions_fixed": protected(viewer.age_band, "no_taste"),
    }


def _swipe(stored: StoredSwipe) -> dict[str, object]:
    """Serialise a swipe for its viewer."""
    swipe = stored.swipe
    return {
        "id": swipe.id,
        "image": stored.image,
        "verdict": swipe.verdict,
        "at": moment_text(swipe.at),
        "app_verdict": swipe.app_verdict,
        "revision": stored.revision,
    }
