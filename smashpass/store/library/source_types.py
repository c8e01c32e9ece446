"""How many images came to be in which way."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from smashpass.store.engine.database import reading
from smashpass.store.engine.tables import credit, image

_LIVE = 0


class SourceTypes:
    """Counts images by IPTC digital source type, once a library version. Threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counted: tuple[int, dict[str, int]] = (-1, {})

    def counts(self, version: int) -> dict[str, int]:
        """Return the number of images that may be served, by type; a scan of all if it is new.

        Raises:
            DatabaseUnavailable: The database does not answer, and this version was not counted.
        """
        cached_version, images_by_type = self._counted
        if cached_version != version:
            by_credit = select(image.c.credit_id, func.count().label("images"))
            counted = by_credit.where(image.c.state == _LIVE).group_by(image.c.credit_id).subquery()
            kind = credit.c.digital_source_type
            statement = select(kind, func.sum(counted.c.images))
            statement = statement.join_from(counted, credit, credit.c.id == counted.c.credit_id)
            with reading(self._engine) as connection:
                rows = connection.execute(statement.group_by(kind).order_by(kind)).all()
            images_by_type = {name: int(images) for name, images in rows}
            self._counted = version, images_by_type
        return dict(images_by_type)
