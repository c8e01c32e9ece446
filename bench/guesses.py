"""Guessed and altered cookies, tokens and notes: how many are accepted?

Each guess goes through the code that verifies it when a request comes in. The guesser knows genuine
values of every kind, which is more than an attacker has, and must not get a single other one in.
"""

from __future__ import annotations

import string
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random

from flask import Flask
from itsdangerous import BadSignature
from itsdangerous.encoding import base64_decode, base64_encode

from bench.report import Row, at_most
from bench.site import Site
from smashpass.bootstrap.container import Container
from smashpass.core.errors import Conflict
from smashpass.search.sealed import seal, unseal
from smashpass.services.accounts.first_step import FIRST_STEP_S, FirstSteps
from smashpass.services.accounts.known_devices import KnownDevices
from smashpass.services.accounts.verify import Proof
from smashpass.settings import load
from smashpass.web.admin.auth import CSRF_HEADER, require_own_form
from smashpass.web.admin.flash import FlashCookie
from smashpass.web.app import create_app
from smashpass.web.http.identity import Identity
from smashpass.web.http.problems import RequestRefused

GUESSES = 1_000_000
GENUINE = 20
"""Genuine values of each kind."""

_NAME, _OTHER = "ann", "ben"
_PASSWORD = "a long enough passphrase"
_ALPHABET = string.ascii_letters + string.digits + "-_.="
_US = 1_000_000


@dataclass(frozen=True)
class Kind:
    """One kind of value that opens something.

    Attributes:
        name: What it is.
        genuine: Values that are accepted.
        accepts: Whether a value opens anything.
        foreign: Values with a right signature that must be refused: they have expired, or are
            somebody else's.
        is_base64: Whether the signature is read as base 64, in which the last character of one and
            the same signature may be spelled in several ways.
    """

    name: str
    genuine: tuple[str, ...]
    accepts: Callable[[str], bool]
    foreign: tuple[str, ...] = ()
    is_base64: bool = False


def measure(site: Site) -> Iterator[Row]:
    """Guess, in process."""
    guesses = site.times(GUESSES, GUESSES // 10)
    folder = site.folder / "guesses"
    kinds = _kinds(folder)
    for kind in kinds:
        assert all(kind.accepts(value) for value in kind.genuine), kind.name
    accepted, tried, began = 0, 0, time.perf_counter()
    for number, kind in enumerate(kinds):
        site.say(f"guessing: {kind.name}")
        others = [value for other in kinds if other is not kind for value in other.genuine]
        # The last kind takes what the division leaves.
        share = guesses * (number + 1) // len(kinds) - tried
        genuine = frozenset(kind.genuine)
        for guess in _guesses(kind, others, Random(site.seed + number), share):
            assert guess not in genuine
            accepted += kind.accepts(guess)
            tried += 1
    seconds = time.perf_counter() - began
    yield at_most(
        f"{tried:,} guessed and altered cookies, tokens and notes: accepted",
        0, float(accepted), 0.0, unit="n",
        note=f"{tried / seconds:,.0f} tries a second of {len(kinds)} kinds, in one process",
    )  # fmt: skip


def _guesses(kind: Kind, others: list[str], rng: Random, number: int) -> Iterator[str]:
    """Yield values that are not genuine: random ones, and genuine ones that were altered."""
    genuine = frozenset(kind.genuine)
    others = [*others, *kind.foreign, ""]
    ways: tuple[Callable[[str], str], ...] = (
        lambda value: "".join(rng.choices(_ALPHABET, k=len(value))),
        lambda value: _bit_flipped(value, rng, kind.is_base64),
        lambda value: _signed_as(value, rng.choice(kind.genuine)),
        lambda value: _cut(value, rng, kind.is_base64),
        lambda _: rng.choice(others),
    )
    made = 0
    for turn in count():
        if made == number:
            return
        guess = ways[turn % len(ways)](rng.choice(kind.genuine))
        if guess not in genuine:
            made += 1
            yield guess


def _bit_flipped(value: str, rng: Random, is_base64: bool) -> str:
    """Return ``value`` with one bit of it changed."""
    if not is_base64:
        place = rng.randrange(len(value))
        flipped = chr(ord(value[place]) ^ (1 << rng.randrange(7)))
        return value[:place] + flipped + value[place + 1 :]
    text, _, signature = value.rpartition(".")
    signed = bytearray(base64_decode(signature))
    signed[rng.randrange(len(signed))] ^= 1 << rng.randrange(8)
    return f"{text}.{base64_encode(bytes(signed)).decode()}"


def _signed_as(value: str, other: str) -> str:
    """Return the content of one value with the signature of another."""
    if "." not in value:
        return value[: len(value) // 2] + other[len(value) // 2 :]
    return f"{value.rpartition('.')[0]}.{other.rpartition('.')[2]}"


def _cut(value: str, rng: Random, is_base64: bool) -> str:
    """Return ``value`` without its end, or with more behind it."""
    if rng.random() < 0.5 and not is_base64:
        return value + "".join(rng.choices(_ALPHABET, k=rng.randint(1, 8)))
    return value[: rng.randrange(len(value))]


def _kinds(folder: Path) -> list[Kind]:
    """Return every kind of value that the server signs or gives out to be recognised by."""
    app = create_app(load({"SMASHPASS_HOME": str(folder / "home")}))
    services: Container = app.extensions["smashpass"]
    services.prepare()
    key = services.secret_key
    return [
        _viewer_tokens(services),
        *_of_signing_in(key),
        *_of_accounts(app, services),
        _flash_messages(app),
        _word_index(key),
    ]


def _viewer_tokens(services: Container) -> Kind:
    identity = Identity(services.secret_key, services, age_gate=True)
    viewers = [services.decks.create_viewer("18+") for _ in range(GENUINE)]
    return Kind(
        "tokens of viewers",
        tuple(identity.token_of(viewer) for viewer in viewers),
        lambda token: identity.name_in(token) is not None,
    )


def _of_signing_in(key: str) -> Iterator[Kind]:
    now = [time.time_ns() // 1_000]
    steps, devices = FirstSteps(key, lambda: now[0]), KnownDevices(key)
    now[0] -= FIRST_STEP_S * _US
    expired = [steps.new(_NAME)]
    genuine = []
    for _ in range(GENUINE):
        now[0] += FIRST_STEP_S * _US // GENUINE
        genuine.append(steps.new(_NAME))
    yield Kind(
        "notes that a password was right",
        tuple(genuine),
        lambda note: steps.proves(_NAME, note),
        (*expired, steps.new(_OTHER)),
    )
    yield Kind(
        "cookies of known devices",
        tuple(devices.new(_NAME) for _ in range(GENUINE)),
        lambda cookie: bool(devices.read(_NAME, cookie)),
        (devices.new(_OTHER),),
    )


def _of_accounts(app: Flask, services: Container) -> Iterator[Kind]:
    for name in (_NAME, _OTHER):
        with suppress(Conflict):  # made by an earlier run
            services.accounts.create(name, "admin", _PASSWORD, by="bench", origin="cli")
    sign_in = services.sign_in
    cookies = tuple(
        sign_in.enter(_NAME, Proof(_PASSWORD, "", "127.0.0.1"), agent="bench")
        for _ in range(GENUINE)
    )
    yield Kind(
        "cookies of sessions", cookies, lambda cookie: sign_in.session_of(cookie) is not None
    )
    sessions = [session for cookie in cookies if (session := sign_in.session_of(cookie))]
    account = sessions[0].account
    tokens = tuple(
        services.accounts.create_token(account, f"bench {number}", "admin", origin="cli")
        for number in range(GENUINE)
    )
    yield Kind("tokens of programs", tokens, lambda token: sign_in.admin_of(token) is not None)

    def is_own_form(secret: str) -> bool:
        header = {CSRF_HEADER: secret.replace("\n", "").replace("\r", "")}
        with app.test_request_context("/admin/", method="POST", headers=header):
            try:
                require_own_form(sessions[0])
            except RequestRefused:
                return False
            return True

    others = tuple(session.csrf for session in sessions[1:])
    yield Kind("secrets of forms", (sessions[0].csrf,), is_own_form, others)


def _flash_messages(app: Flask) -> Kind:
    serializer = FlashCookie().get_signing_serializer(app)
    assert serializer is not None

    def opens(cookie: str) -> bool:
        try:
            serializer.loads(cookie, max_age=60)
        except BadSignature:
            return False
        return True

    messages = [str(serializer.dumps({"_flashes": [["info", str(n)]]})) for n in range(GENUINE)]
    return Kind("flash messages", tuple(messages), opens, is_base64=True)


def _word_index(key: str) -> Kind:
    sealed = [seal({"toc": b"%d" % n}, "x", key.encode()).decode("latin-1") for n in range(GENUINE)]
    return Kind(
        "sealed indexes of words",
        tuple(sealed),
        lambda text: unseal(text.encode("latin-1", "replace"), key.encode()) is not None,
        is_base64=True,
    )
