"""Loading plugins: the built-in ones, and the installed ones that the operator names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pluggy

from smashpass.core.errors import BadSetting, NotPossible
from smashpass.scoring import hooks, oip
from smashpass.services.scoring.ports import Scorer

_SETTING = "SMASHPASS_PLUGINS"


def load_scorers(settings: hooks.PluginSettings, names: Iterable[str]) -> list[Scorer]:
    """Return the scorers of the built-in plugins and of those named.

    Plugins that are installed but not named are not even imported.

    Raises:
        BadSetting: A name is not installed, or a setting of a built-in plugin is wrong.
        NotPossible: A plugin cannot be loaded, or provides something other than scorers.
    """
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(oip, name="oip")
    for name in names:
        _load(manager, name)
    return _checked([scorer for scorers in _provided(manager, settings) for scorer in scorers])


def _load(manager: pluggy.PluginManager, name: str) -> None:
    """Load one plugin by the name of its entry point."""
    try:
        count = manager.load_setuptools_entrypoints(hooks.GROUP, name=name)
    except Exception as error:  # importing it runs a stranger's code
        raise NotPossible(
            f"the plugin {name!r} cannot be loaded: {_summary(error)}",
            where=_SETTING,
            hint="correct the plugin, or remove its name",
        ) from error
    if not count:
        raise BadSetting(
            f"no plugin {name!r} is installed",
            where=_SETTING,
            hint=f"install it: it has an entry point of that name in the group {hooks.GROUP}",
        )


def _provided(manager: pluggy.PluginManager, settings: hooks.PluginSettings) -> list[Sequence[Any]]:
    """Return the scorers that each plugin provides."""
    try:
        return [tuple(scorers) for scorers in manager.hook.smashpass_scorers(settings=settings)]
    except BadSetting:
        raise
    except Exception as error:  # as above
        raise NotPossible(
            f"a plugin cannot create its scorers: {_summary(error)}",
            where=_SETTING,
            hint="correct the plugin, or remove its name",
        ) from error


def _checked(scorers: Sequence[Any]) -> list[Scorer]:
    """Return ``scorers`` if all are valid and no two provide the same attribute."""
    fillers: dict[str, str] = {}
    for scorer in scorers:
        name = str(getattr(scorer, "name", "") or type(scorer).__name__)
        missing = [
            part for part in ("name", "version", "attributes", "score") if not hasattr(scorer, part)
        ]
        if missing:
            raise _unusable(name, f"it has no {' and no '.join(missing)}")
        if not isinstance(scorer.name, str) or not isinstance(scorer.version, str):
            raise _unusable(name, "its name or version is not a text")
        for attribute in scorer.attributes or ():
            if not isinstance(attribute, str) or not attribute.startswith("plugin."):
                raise _unusable(name, f"{attribute!r} is not a plugin attribute")
            if attribute in fillers:
                raise _unusable(name, f"{fillers[attribute]!r} fills {attribute} already")
            fillers[attribute] = name
    return list(scorers)


def _unusable(name: str, why: str) -> NotPossible:
    return NotPossible(
        f"the scorer {name!r} cannot be used: {why}", where=_SETTING, hint="correct its plugin"
    )


def _summary(error: Exception) -> str:
    """Return an exception as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
