"""What the tables store about viewers, as text; read off the tables, so no column is missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from smashpass.store.engine.schema import metadata
from smashpass.store.engine.tables import rate_limit, viewer


class PersonalDatum(NamedTuple):
    """One thing that is kept. ``biometric``: whether it measures a body."""

    what: str
    biometric: bool = False


_NAME = PersonalDatum("a random name")
_AGE = PersonalDatum("an age band")
_BEGUN = PersonalDatum("when you began")
_LIMITS = PersonalDatum("the breaks and the daily limit that you set")
_TASTE = PersonalDatum("whether your swipes may be used for suggestions")
_PACE = PersonalDatum("how long you have been swiping, for breaks and limits")
_SWIPES = PersonalDatum("your swipes: picture, verdict, time, and whether you took them back")
_ADDRESS = PersonalDatum("a keyed hash of your address for a day at most, if you report a picture")
_APP = PersonalDatum("the app’s verdict on each, and the rules that gave it")

COLUMNS: Mapping[str, PersonalDatum] = {
    "viewer.id": _NAME,
    "viewer.name": _NAME,
    "viewer.age_band": _AGE,
    "viewer.created_at": _BEGUN,
    "viewer.swipes": _SWIPES,
    "viewer.seen_day": _SWIPES,
    "viewer.reminder": _LIMITS,
    "viewer.daily_minutes": _LIMITS,
    "viewer.taste": _TASTE,
    "viewer.pace_since": _PACE,
    "viewer.pace_last": _PACE,
    "viewer.pace_day": _PACE,
    "viewer.pace_today": _PACE,
    "swipe.viewer_id": _NAME,
    "swipe.client_id": _SWIPES,
    "swipe.number": _SWIPES,
    "swipe.image": _SWIPES,
    "swipe.verdict": _SWIPES,
    "swipe.at": _SWIPES,
    "swipe.undone": _SWIPES,
    "swipe.app_verdict": _APP,
    "swipe.revision": _APP,
    "rate_limit.client": _ADDRESS,
    "rate_limit.ends_at": _ADDRESS,
    "rate_limit.taken": _ADDRESS,
}
"""By column: what it keeps, in the words that viewers read."""


def columns_about_viewers() -> Iterator[str]:
    """Yield every column of the viewers' table and of each table that refers to it.

    So is what is kept of whoever reports a picture, viewer or not.
    """
    for table in metadata.sorted_tables:
        if table is viewer or any(key.column.table is viewer for key in table.foreign_keys):
            yield from (f"{table.name}.{column.name}" for column in table.columns)
    yield from (f"{rate_limit.name}.{column.name}" for column in rate_limit.columns)


def kept_about_viewers() -> list[PersonalDatum]:
    """Return what is kept of a viewer, each once; a column without words stands by its name."""
    return list(
        dict.fromkeys(
            COLUMNS.get(name, PersonalDatum(name, True)) for name in columns_about_viewers()
        )
    )
