"""Viewers and their swipes, sessions, tokens and counted attempts in memory."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from smashpass.clock import Clock
from smashpass.core.decks.pace import DAY_US, NO_PACE, Pace, swipe_times
from smashpass.core.decks.results import StandingSwipe
from smashpass.core.errors import BadInput, NotFound
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.people.account import ROLES, AccessToken, Account, Session
from smashpass.core.people.swipe import (
    CurrentVerdicts,
    Swipe,
    SwipeOutcome,
    TrainingSwipe,
    ViewerDelta,
)
from smashpass.core.people.viewer import Viewer

_S = 1_000_000
_MINUTE = 60 * _S
_IDLE = 12 * 60 * _MINUTE
_LONGEST_SESSION = 7 * 24 * 60 * _MINUTE
_LONGEST_WINDOW = 60 * _MINUTE
_MOST_TOKENS = 100
_MOST_REMOVED = 100
_COMMAND_LINE = "command line"


@dataclass(slots=True)
class ViewerInMemory:
    """A viewer with all swipes by number; ``number`` is that of the last swipe or undo."""

    viewer: Viewer
    seen_day: int
    number: int = 0
    pace: Pace = NO_PACE
    swipes: dict[int, Swipe] = field(default_factory=dict)

    def verdicts(self, after: int = 0) -> CurrentVerdicts:
        """Return the verdicts that stand, among the swipes after a number."""
        standing = [
            (swipe.at, number, swipe)
            for number, swipe in self.swipes.items()
            if number > after and not swipe.undone
        ]
        last = {swipe.image: swipe.verdict for _, _, swipe in sorted(standing, key=lambda s: s[:2])}
        return CurrentVerdicts(
            ImageSet(image for image, verdict in last.items() if verdict == "smash"),
            ImageSet(image for image, verdict in last.items() if verdict == "pass"),
        )


class ViewersInMemory:
    """Viewers; the swipes in memory are kept with them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._created = 0
        self.by_number: dict[int, ViewerInMemory] = {}

    def create(self, age_band: str) -> Viewer:
        self._created += 1
        at = self._clock()
        viewer = Viewer(self._created, secrets.token_urlsafe(16), age_band, at)
        self.by_number[viewer.id] = ViewerInMemory(viewer, at // DAY_US)
        return viewer

    def delete(self, number: int) -> None:
        self.entry(number)
        del self.by_number[number]

    def delta(self, name: str, since: int = 0) -> ViewerDelta | None:
        for entry in self.by_number.values():
            if entry.viewer.name == name:
                images = [swipe.image for n, swipe in entry.swipes.items() if n > since]
                is_append_only = len(set(images)) == len(images) == entry.number - since
                swiped = entry.verdicts(since)
                return ViewerDelta(entry.viewer, entry.number, swiped, is_append_only, entry.pace)
        return None

    def set_limits(self, number: int, limits: Mapping[str, bool | int | None]) -> Viewer:
        entry = self.entry(number)
        entry.viewer = replace(entry.viewer, **dict(limits))
        if not entry.viewer.limits.any:
            entry.pace = NO_PACE
        return entry.viewer

    def restart_pace(self, number: int, at: int) -> None:
        entry = self.entry(number)
        entry.pace = replace(entry.pace, since=at)

    def last_seen(self, number: int) -> tuple[int, Pace]:
        entry = self.entry(number)
        return entry.seen_day, entry.pace

    def entry(self, number: int) -> ViewerInMemory:
        """Return a viewer with the swipes; NotFound if there is none."""
        if number not in self.by_number:
            raise NotFound("there is no such viewer")
        return self.by_number[number]


class SwipesInMemory:
    """The swipes of viewers in memory."""

    def __init__(self, viewers: ViewersInMemory, clock: Clock) -> None:
        self._viewers, self._clock = viewers, clock

    def record(
        self, viewer_id: int, swipes: Sequence[Swipe], *, now: int | None = None
    ) -> SwipeOutcome:
        entry, moment = self._viewers.entry(viewer_id), self._clock() if now is None else now
        by_id = {swipe.id: swipe for swipe in entry.swipes.values()}
        new: list[Swipe] = []
        conflicts: list[int] = []
        for place, swipe in enumerate(swipes):
            before = by_id.get(swipe.id)
            if before is None:
                by_id[swipe.id] = swipe
                entry.number += 1
                entry.swipes[entry.number] = swipe
                new.append(swipe)
            elif (before.image, before.verdict, before.at) != (
                swipe.image,
                swipe.verdict,
                swipe.at,
            ):
                conflicts.append(place)
        if new:
            entry.seen_day = moment // DAY_US
            if entry.viewer.limits.any:
                entry.pace = entry.pace.after(swipe_times([swipe.at for swipe in new], moment))
        duplicates = len(swipes) - len(new) - len(conflicts)
        return SwipeOutcome(len(new), duplicates, tuple(conflicts), entry.pace)

    def for_training(self) -> Iterator[TrainingSwipe]:
        for viewer_id, entry in sorted(self._viewers.by_number.items()):
            if not entry.viewer.has_suggestions:
                continue
            swipes = sorted(
                (swipe for swipe in entry.swipes.values() if not swipe.undone),
                key=lambda swipe: (swipe.at, swipe.image),
            )
            last = {swipe.image: swipe for swipe in swipes}
            for swipe in swipes:
                if last[swipe.image] is swipe:
                    yield TrainingSwipe(viewer_id, swipe.image, swipe.verdict, swipe.at)

    def undo(self, viewer_id: int, client_id: str) -> Ordinal:
        entry = self._viewers.entry(viewer_id)
        for number, swipe in entry.swipes.items():
            if swipe.id == client_id:
                if not swipe.undone:
                    entry.swipes[number] = replace(swipe, undone=True)
                    entry.number += 1
                return swipe.image
        raise NotFound(f"there is no swipe {client_id!r}")

    def current_verdicts(self, viewer_id: int) -> CurrentVerdicts:
        entry = self._viewers.by_number.get(viewer_id)
        return CurrentVerdicts() if entry is None else entry.verdicts()

    def page(
        self, viewer_id: int, *, before: int | None = None, limit: int = 100
    ) -> tuple[list[Swipe], int | None]:
        entry = self._viewers.by_number.get(viewer_id)
        swipes = {} if entry is None else entry.swipes
        numbers = [n for n in sorted(swipes, reverse=True) if before is None or n < before][:limit]
        next_before = numbers[-1] if len(numbers) == limit else None
        return [swipes[number] for number in numbers], next_before

    def all_standing(self, viewer_id: int) -> list[StandingSwipe]:
        entry = self._viewers.by_number.get(viewer_id)
        rows = [] if entry is None else [(s.at, n, s) for n, s in entry.swipes.items()]
        standing = sorted((row for row in rows if not row[2].undone), key=lambda row: row[:2])
        last = {swipe.image: number for _, number, swipe in standing}
        return [
            StandingSwipe(
                number,
                swipe.image,
                swipe.verdict == "smash",
                None if swipe.app_verdict is None else swipe.app_verdict == "smash",
            )
            for _, number, swipe in standing
            if last[swipe.image] == number
        ]

    def numbered(self, viewer_id: int, numbers: Sequence[int]) -> list[Swipe]:
        swipes = self._viewers.entry(viewer_id).swipes if numbers else {}
        return [swipes[number] for number in sorted(numbers, reverse=True) if number in swipes]

    def of_viewer(self, viewer_id: int) -> Iterator[Swipe]:
        entry = self._viewers.by_number.get(viewer_id)
        yield from () if entry is None else entry.swipes.values()

    def counts_by_image(self) -> Iterator[tuple[Ordinal, int, int]]:
        smashed: defaultdict[int, int] = defaultdict(int)
        swiped: defaultdict[int, int] = defaultdict(int)
        for entry in self._viewers.by_number.values():
            verdicts = entry.verdicts()
            for image in verdicts.seen:
                swiped[image] += 1
                smashed[image] += image in verdicts.smashed
        for image in sorted(swiped):
            yield Ordinal(image), swiped[image], smashed[image]

    def counts_of(self, images: Collection[Ordinal]) -> dict[Ordinal, tuple[int, int]]:
        counts = self.counts_by_image()
        return {image: (swiped, smashed) for image, swiped, smashed in counts if image in images}

    def standing(self, viewer_id: int, images: Collection[Ordinal]) -> dict[Ordinal, Swipe]:
        entry = self._viewers.by_number.get(viewer_id)
        numbered = [] if entry is None else entry.swipes.items()
        mine = sorted(numbered, key=lambda pair: (pair[1].at, pair[0]))
        return {s.image: s for _, s in mine if s.image in images and not s.undone}


class SessionsInMemory:
    """Sessions by cookie; whoever makes the store keeps the accounts."""

    def __init__(self, accounts: Mapping[int, Account], clock: Clock) -> None:
        self._accounts, self._clock = accounts, clock
        self._started = 0
        self._sessions: dict[str, Session] = {}

    def start(self, owner: int, agent: str) -> str:
        now, cookie = self._clock(), secrets.token_urlsafe(32)
        self._started += 1
        csrf = secrets.token_urlsafe(32)
        session = Session(self._started, self._accounts[owner], csrf, now, now, agent[:200])
        self._sessions[cookie] = session
        return cookie

    def of(self, cookie: str) -> Session | None:
        session = self._sessions.get(cookie)
        if session is None or not self._lasts(session):
            return None
        account = self._accounts[session.account.id]
        if account.disabled:
            return None
        if session.seen_at < self._clock() - _MINUTE:
            self._sessions[cookie] = replace(session, seen_at=self._clock())
        return replace(session, account=account)

    def of_account(self, owner: int) -> list[Session]:
        sessions = [
            replace(session, account=self._accounts[owner], csrf="")
            for session in self._sessions.values()
            if session.account.id == owner and self._lasts(session)
        ]
        return sorted(sessions, key=lambda session: (-session.seen_at, -session.id))

    def end(self, owner: int, number: int) -> None:
        for cookie, session in self._sessions.items():
            if (session.account.id, session.id) == (owner, number):
                del self._sessions[cookie]
                return
        raise NotFound(f"there is no session {number}")

    def end_all(self, owner: int, *, but: int = 0) -> int:
        ended = [
            cookie
            for cookie, session in self._sessions.items()
            if session.account.id == owner and session.id != but
        ]
        for cookie in ended:
            del self._sessions[cookie]
        return len(ended)

    def _lasts(self, session: Session) -> bool:
        now = self._clock()
        return session.seen_at >= now - _IDLE and session.created_at >= now - _LONGEST_SESSION


class TokensInMemory:
    """Tokens by their text; whoever makes the store keeps the accounts."""

    def __init__(self, accounts: Mapping[int, Account], clock: Clock) -> None:
        self._accounts, self._clock = accounts, clock
        self._made = 0
        self._tokens: dict[str, tuple[int, AccessToken]] = {}

    def make(self, owner: int, label: str, role: str) -> str:
        if not label.strip() or len(label) > 64 or not label.isprintable():
            raise BadInput("a token needs a label")
        if role not in ROLES:
            raise BadInput(f"there is no role {role!r}")
        if len(self.of_account(owner)) >= _MOST_TOKENS:
            raise BadInput(f"the account has {_MOST_TOKENS} tokens")
        self._made += 1
        text = "spa_" + secrets.token_urlsafe(32)
        token = AccessToken(self._made, label.strip(), role, self._clock(), None)
        self._tokens[text] = owner, token
        return text

    def renew(self, name: str) -> str:
        for account in self._accounts.values():
            if account.name == name:
                for token in self.of_account(account.id):
                    if token.label == _COMMAND_LINE:
                        self.revoke(account.id, token.id)
                return self.make(account.id, _COMMAND_LINE, account.role)
        raise NotFound(f"there is no account {name!r}")

    def of(self, token: str) -> tuple[str, str] | None:
        if token not in self._tokens:
            return None
        owner, kept = self._tokens[token]
        account = self._accounts[owner]
        if account.disabled:
            return None
        if kept.used_at is None or kept.used_at < self._clock() - _MINUTE:
            self._tokens[token] = owner, replace(kept, used_at=self._clock())
        return account.name, max(account.role, kept.role, key=ROLES.index)

    def of_account(self, owner: int) -> list[AccessToken]:
        tokens = [token for number, token in self._tokens.values() if number == owner]
        return sorted(tokens, key=lambda token: -token.id)

    def revoke(self, owner: int, number: int) -> None:
        for text, (account, token) in self._tokens.items():
            if (account, token.id) == (owner, number):
                del self._tokens[text]
                return
        raise NotFound(f"there is no token {number}")


class AttemptsInMemory:
    """Windows by name and client: when they end, and how often was counted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], tuple[int, int]] = {}

    def take(self, name: str, client: str, times: int, seconds: int) -> int:
        now = self._clock()
        ends_at, taken = self._windows.get((name, client), (0, 0))
        if _has_ended(ends_at, now, seconds * _S):
            self.remove_ended(now)
            self._windows[name, client] = now + seconds * _S, 1
            return 0
        if taken >= times:
            return max(1, -(-(ends_at - now) // _S))
        self._windows[name, client] = ends_at, taken + 1
        return 0

    def give_back(self, name: str, client: str, times: int = 1) -> None:
        if (name, client) in self._windows:
            ends_at, taken = self._windows[name, client]
            self._windows[name, client] = ends_at, max(0, taken - times)

    def remove_ended(self, now: int) -> int:
        ended = [
            key for key, (at, _) in self._windows.items() if _has_ended(at, now, _LONGEST_WINDOW)
        ][:_MOST_REMOVED]
        for key in ended:
            del self._windows[key]
        return len(ended)


def _has_ended(ends_at: int, now: int, longest: int) -> bool:
    """Tell whether a window is over; one that ends too late is of a clock that was ahead."""
    return not now < ends_at <= now + longest + _MINUTE
