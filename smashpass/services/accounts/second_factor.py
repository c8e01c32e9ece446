"""Codes of the second factor, and the recovery codes that stand in for them."""

from __future__ import annotations

import secrets

import pyotp

CODE_S = 30
"""A code of the second factor stands for so many seconds (RFC 6238)."""
RECOVERY_CODES = 10
RECOVERY_DIGITS = 20
"""Digits of a recovery code: 66 bits, too many to try them against a hash."""

_GROUP = 5


def new_secret() -> str:
    """Return a secret that codes can be made from."""
    return pyotp.random_base32()


def secret_address(secret: str, name: str) -> str:
    """Return the address that authenticator apps read from a picture."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="smashpass"))


def code_number(secret: str, code: str, now: float) -> int:
    """Return the number of the time step that ``code`` is of, 0 if it is of none.

    The step before and the one after count too: clocks differ.
    """
    digits = "".join(code.split())
    if not digits.isascii() or not digits.isdigit():
        return 0
    step = int(now) // CODE_S
    maker = pyotp.TOTP(secret)
    for number in (step, step - 1, step + 1):
        if pyotp.utils.strings_equal(maker.at(number * CODE_S), digits):
            return number
    return 0


def new_recovery_codes() -> tuple[str, ...]:
    """Return codes such as ``12345-67890-12345-67890``, to be shown once."""
    return tuple(_grouped(secrets.randbelow(10**RECOVERY_DIGITS)) for _ in range(RECOVERY_CODES))


def recovery_digits(code: str) -> str:
    """Return the digits of a recovery code as it was typed; empty if it cannot be one."""
    digits = "".join(code.replace("-", " ").split())
    well_formed = len(digits) == RECOVERY_DIGITS and digits.isascii() and digits.isdigit()
    return digits if well_formed else ""


def _grouped(number: int) -> str:
    digits = f"{number:0{RECOVERY_DIGITS}}"
    return "-".join(digits[at : at + _GROUP] for at in range(0, RECOVERY_DIGITS, _GROUP))
