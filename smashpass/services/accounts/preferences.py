"""Preferences of accounts: keys of actions, and tag scripts on keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from smashpass.core.errors import BadInput
from smashpass.core.people.shortcuts import ACTIONS, BY_NAME, RESERVED, SCRIPTS, KeyAction
from smashpass.core.tags.names import normalise
from smashpass.services.ports.people import AccountStore

LONGEST_SCRIPT = 400
_BETWEEN = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True)
class KeyPreferences:
    """The keys and scripts of one account.

    Attributes:
        on: Whether single keys do anything.
        keys: Keys by the name of their action, those changed only.
        scripts: Texts of the tag scripts, ``SCRIPTS`` of them, "" where there is none.
    """

    on: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    scripts: tuple[str, ...] = ("",) * SCRIPTS

    def key(self, name: str) -> str:
        """Return the key of the action of this name."""
        return self.keys.get(name, BY_NAME[name].key)


class PreferenceService:
    """What somebody set for their own account; nobody else is concerned, so it is not audited."""

    def __init__(self, accounts: AccountStore) -> None:
        """Keep where preferences are stored."""
        self._accounts = accounts

    def keys(self, number: int) -> KeyPreferences:
        """Return the keys and scripts of an account."""
        kept = self._accounts.preference(number, "keys")
        scripts = self._accounts.preference(number, "scripts")
        values = {} if kept is None else orjson.loads(kept)
        texts = [] if scripts is None else orjson.loads(scripts)
        return KeyPreferences(bool(values.get("on", True)), values.get("keys", {}), _padded(texts))

    def save_keys(self, number: int, preferences: KeyPreferences) -> None:
        """Keep the keys and scripts of an account.

        Args:
            number: The account.
            preferences: What is to be kept; keys of actions that do not exist are dropped.

        Raises:
            BadInput: A key is not one character, or taken by another action of the same pages; or
                a script is not a list of tags.
        """
        check_keys(preferences)
        scripts = [" ".join(_BETWEEN.split(text.strip())) for text in preferences.scripts]
        for place, text in enumerate(scripts, 1):
            check_script(text, place)
        keys = {
            action.name: preferences.key(action.name)
            for action in ACTIONS
            if preferences.key(action.name) != action.key
        }
        values = {"keys": {"on": preferences.on, "keys": keys}, "scripts": [*_padded(scripts)]}
        encoded = {name: orjson.dumps(value).decode() for name, value in values.items()}
        self._accounts.set_preferences(number, encoded)

    def reset_keys(self, number: int) -> None:
        """Give all actions their default keys and switch them on; scripts stay."""
        value = orjson.dumps({"on": True, "keys": {}}).decode()
        self._accounts.set_preferences(number, {"keys": value})


def check_keys(preferences: KeyPreferences) -> None:
    """Refuse keys that cannot be used.

    Raises:
        BadInput: A key is not one visible character, or is taken on the same pages.
    """
    taken: dict[tuple[str, str], KeyAction] = {}
    for action in ACTIONS:
        key = preferences.key(action.name)
        if len(key) != 1 or not key.isprintable() or key.isspace():
            raise BadInput(
                f"the key of “{action.label}” is {key[:20]!r}", hint="use one visible character"
            )
        if key in RESERVED:
            raise BadInput(
                f"the key {key} of “{action.label}” already shows {RESERVED[key]}",
                hint="choose another key",
            )
        other = taken.setdefault((action.group, key), action)
        if other is not action:
            raise BadInput(
                f"the key {key} of “{action.label}” is already used by “{other.label}”",
                hint="choose another key for one of them",
            )


def check_script(text: str, place: int) -> None:
    """Refuse a text that is not a tag script: tags to add, and with ``-`` tags to remove.

    Raises:
        BadInput: A name cannot be a tag, or is both added and removed, or the text is too long.
    """
    where = f"script {place}"
    if len(text) > LONGEST_SCRIPT:
        raise BadInput(
            f"it has {len(text)} characters", where=where, hint=f"use at most {LONGEST_SCRIPT}"
        )
    signs: dict[str, bool] = {}
    for word in text.split():
        adds = not word.startswith("-")
        try:
            name = normalise(word if adds else word[1:])
        except BadInput as error:
            raise BadInput(error.detail, where=where, hint=error.hint) from error
        if signs.setdefault(name, adds) is not adds:
            raise BadInput(
                f"the tag {name!r} is added and removed", where=where, hint="keep one of them"
            )


def _padded(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple([*texts, *("",) * SCRIPTS][:SCRIPTS])
