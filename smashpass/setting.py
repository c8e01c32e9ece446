"""One setting: what it is called, which values it takes, and how they are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smashpass.core.errors import BadSetting
from smashpass.core.operations.proxies import UNIX, TrustedProxies

PREFIX = "SMASHPASS_"
SECRET_MIN_LENGTH = 32
_WELL_KNOWN_SECRETS = frozenset({"secret", "change", "changeme", "dev", "password", "secret_key"})


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table.

    ``default`` may name other settings in braces; None means unset. ``unit`` is what the value
    is counted in or, for texts, what form it has. ``form`` is a regular expression that the whole
    value matches, and what to write.
    """

    name: str
    default: str | None
    unit: str
    meaning: str
    secret: bool = False
    choices: tuple[str, ...] = ()
    between: tuple[int, int] | None = None
    longest: int | None = None
    form: tuple[str, str] | None = None

    @property
    def variable(self) -> str:
        """The name of the environment variable."""
        return PREFIX + self.name.upper()

    def check(self, value: str | None, place: str) -> None:
        """Refuse a value that the setting cannot hold; ``place`` is where it stands.

        Raises:
            BadSetting: It cannot.
        """
        if value is None:
            return
        if self.choices and value not in self.choices:
            raise BadSetting(
                f"{self.variable} is {value!r}",
                where=place,
                hint=f"use {' or '.join(self.choices)}",
            )
        if self.between is not None:
            low, high = self.between
            plain = value.isascii() and value.isdigit() and len(value) < 10
            if not plain or not low <= int(value) <= high:
                raise BadSetting(
                    f"{self.variable} is {value!r}",
                    where=place,
                    hint=f"use a whole number from {low} to {high}",
                )
        if self.longest is not None and not 0 < len(value.strip()) <= self.longest:
            raise BadSetting(
                f"{self.variable} has {len(value.strip())} characters",
                where=place,
                hint=f"use 1 to {self.longest}",
            )
        if self.form is not None and not re.fullmatch(self.form[0], value, re.ASCII):
            problem, hint = f"{self.variable} is {value!r}", f"use {self.form[1]}"
            raise BadSetting(problem, where=place, hint=hint)
        if self.name == "trusted_proxies":
            _check_proxies(self, value, place)
        if self.name == "secret_key" and (
            len(value) < SECRET_MIN_LENGTH
            or len(set(value)) < 8
            or value.lower() in _WELL_KNOWN_SECRETS
        ):
            raise BadSetting(
                f"{self.variable} is too short or easy to guess",
                where=place,
                hint=f"use {SECRET_MIN_LENGTH} random characters, or unset it to have one made",
            )

    def masked(self, value: str | None) -> str | None:
        """Return the value as it may be shown: without secrets, also inside a database URL."""
        if value is None:
            return None
        if self.secret:
            return "********"
        scheme, separator, rest = value.partition("://")
        credentials, at, host = rest.rpartition("@")
        if separator and at and ":" in credentials:
            return f"{scheme}://{credentials.partition(':')[0]}:********@{host}"
        return value


def _check_proxies(setting: Setting, value: str, place: str) -> None:
    """Refuse a list of proxies with an item that is not one."""
    try:
        TrustedProxies.of(value)
    except ValueError as error:
        raise BadSetting(
            f"{setting.variable} is {value!r}: {error}",
            where=place,
            hint=f"use addresses and networks like 127.0.0.1, 10.0.0.0/8, or {UNIX}",
        ) from error
