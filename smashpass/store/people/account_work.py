"""What accounts keep for their work: preferences, and the images of queues they are at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, and_, case, delete, insert, not_, or_, select, update

from smashpass.core.imageset import Ordinal
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import account, preference, queue_claim


class AccountWork:
    """Keeps preferences and claims by account; both go with the account."""

    def __init__(self, engine: Engine) -> None:
        """Open the store."""
        self._engine = engine

    def preference(self, number: int, name: str) -> str | None:
        """Return a preference of an account, or None."""
        row = preference.c
        statement = select(row.value).where(row.account_id == number, row.name == name)
        with reading(self._engine) as connection:
            return connection.scalar(statement)

    def set_preferences(self, number: int, values: Mapping[str, str]) -> None:
        """Keep preferences of an account, all or none; other names stay."""
        row = preference.c
        old = delete(preference).where(row.account_id == number, row.name.in_([*values]))
        rows = [
            {"account_id": number, "name": name, "value": value} for name, value in values.items()
        ]
        with writing(self._engine) as connection:
            connection.execute(old)
            connection.execute(insert(preference), rows)

    def claim(
        self, number: int, images: Sequence[Ordinal], most: int, *, now: int, until: int
    ) -> list[Ordinal]:
        """Claim the first ``most`` images that nobody else has; the account's others are freed.

        All who claim try the images in the order of the queues, so none waits for another in a
        circle.

        Args:
            number: The account.
            images: Images in the order of the queue.
            most: How many are wanted.
            now: The present, in microseconds.
            until: When the claims end.
        """
        # A dialect brings its drivers with it, which takes longer than most commands need to run.
        if self._engine.dialect.name == "sqlite":
            from sqlalchemy.dialects.sqlite import insert as upsert
        else:
            from sqlalchemy.dialects.postgresql import insert as upsert  # type: ignore[assignment]
        row, claimed = queue_claim.c, list[Ordinal]()
        own_or_ended = or_(row.account_id == number, row.until <= now)
        with writing(self._engine) as connection:
            for image in images:
                if len(claimed) == most:
                    break
                values = {"image": int(image), "account_id": number, "until": until, "saved": False}
                insertion = upsert(queue_claim).values(values)
                claiming = insertion.on_conflict_do_update(
                    index_elements=[row.image],
                    set_={name: values[name] for name in ("account_id", "until", "saved")},
                    where=own_or_ended,
                )
                if connection.scalar(claiming.returning(row.image)) is not None:
                    claimed.append(image)
            own = and_(row.account_id == number, row.image.not_in([int(n) for n in claimed]))
            left = or_(not_(row.saved), row.until <= now)
            connection.execute(delete(queue_claim).where(own, left))
        return claimed

    def claims_of_others(self, number: int, now: int) -> dict[Ordinal, str]:
        """Return the images of other accounts, with their names; "" for those who saved theirs."""
        row = queue_claim.c
        name = case((row.saved, ""), else_=account.c.name)
        statement = (
            select(row.image, name)
            .join(account, account.c.id == row.account_id)
            .where(row.account_id != number, row.until > now)
        )
        with reading(self._engine) as connection:
            return {Ordinal(image): who for image, who in connection.execute(statement)}

    def keep_saved(self, number: int, image: Ordinal, until: int) -> None:
        """Keep a saved image from others for a while, if the account had claimed it."""
        row = queue_claim.c
        own = update(queue_claim).where(row.account_id == number, row.image == int(image))
        with writing(self._engine) as connection:
            connection.execute(own.values(saved=True, until=until))

    def free(self, number: int, images: Sequence[Ordinal]) -> None:
        """Free images that an account had claimed."""
        row = queue_claim.c
        own = and_(row.account_id == number, row.image.in_([int(image) for image in images]))
        with writing(self._engine) as connection:
            connection.execute(delete(queue_claim).where(own))
