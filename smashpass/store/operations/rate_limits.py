"""How often something was asked for lately, counted for all processes together."""

from __future__ import annotations

import hmac

from sqlalchemy import ColumnElement, Engine, case, delete, or_, select, update

from smashpass.clock import Clock
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import rate_limit

LONGEST_S = 3_600
"""The longest window; what is said to end later was written by a clock that was ahead."""
AT_ONCE = 100

_S = 1_000_000
_WAITED_S = 60
"""Who opened a window may have read the clock so much later than who counts in it now.

Each reads it before it waits for the database, and may be overtaken there.
"""


class RateLimits:
    """Counts in fixed windows: the first request opens one, and its end closes it.

    Of who asks only a keyed hash is kept, until the window has ended.
    """

    def __init__(self, engine: Engine, key: str, clock: Clock) -> None:
        """Create the store; ``clock`` gives microseconds, ``key`` is the secret of the hashes."""
        self._engine, self._key, self._clock = engine, key.encode(), clock

    def give_back(self, name: str, client: str, times: int = 1) -> None:
        """Count ``times`` fewer requests in the window that is open, down to none."""
        row = rate_limit.c
        fewer = case((row.taken > times, row.taken - times), else_=0)
        counted = update(rate_limit).where(row.client == self._hash(name, client))
        with writing(self._engine) as connection:
            connection.execute(counted.values(taken=fewer))

    def take(self, name: str, client: str, times: int, seconds: int) -> int:
        """Count one request of ``client`` for what ``name`` says.

        Args:
            name: What is asked for.
            client: Who asks.
            times: How often that may be within a window, at least once.
            seconds: Length of a window, at most ``LONGEST_S``.

        Returns:
            0 if it may go on, else the seconds after which the next may.

        Raises:
            DatabaseUnavailable: The database does not answer.
        """
        client_hash = self._hash(name, client)
        now = self._clock()
        row = rate_limit.c
        statement = select(row.ends_at, row.taken).where(row.client == client_hash)
        with reading(self._engine) as connection:
            window = connection.execute(statement).one_or_none()
        if window is not None and now < window.ends_at <= now + (seconds + _WAITED_S) * _S:
            if window.taken >= times:  # a flood costs no write
                return _seconds(window.ends_at - now)
        else:
            self.remove_ended(now)
        return self._count(client_hash, now, times, seconds * _S)

    def remove_ended(self, now: int) -> int:
        """Remove the windows that have ended, ``AT_ONCE`` at most; return how many."""
        row = rate_limit.c
        ended = select(row.client).where(_ended(now, LONGEST_S * _S)).limit(AT_ONCE)
        # Two processes that sweep at once must not wait for each other's rows.
        ended = ended.with_for_update(skip_locked=True)
        with writing(self._engine) as connection:
            return connection.execute(delete(rate_limit).where(row.client.in_(ended))).rowcount

    def _hash(self, name: str, client: str) -> bytes:
        # What a client sends need not be a text that UTF-8 can hold.
        text = f"rate limit\n{name}\n{client}".encode("utf-8", "backslashreplace")
        return hmac.digest(self._key, text, "sha256")

    def _count(self, client_hash: bytes, now: int, times: int, length: int) -> int:
        """Count in one statement, so that no two requests take the same place."""
        # A dialect brings its drivers with it, which takes longer than most commands need to run.
        if self._engine.dialect.name == "sqlite":
            from sqlalchemy.dialects.sqlite import insert
        else:
            from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
        row = rate_limit.c
        insertion = insert(rate_limit).values(client=client_hash, ends_at=now + length, taken=1)
        ended = _ended(now, length)
        counted = insertion.on_conflict_do_update(
            index_elements=[row.client],
            set_={
                "taken": case((ended, 1), else_=row.taken + 1),
                "ends_at": case((ended, now + length), else_=row.ends_at),
            },
            where=or_(ended, row.taken < times),
        ).returning(row.taken)
        with writing(self._engine) as connection:
            if connection.scalar(counted) is not None:
                return 0
            ends_at = connection.scalar(select(row.ends_at).where(row.client == client_hash))
        return _seconds((ends_at or now) - now)


def _ended(now: int, longest: int) -> ColumnElement[bool]:
    latest = now + longest + _WAITED_S * _S
    return or_(rate_limit.c.ends_at <= now, rate_limit.c.ends_at > latest)


def _seconds(microseconds: int) -> int:
    """Return whole seconds, at least one."""
    return max(1, -(-microseconds // _S))
