"""Loading plugins: the built-in ones, and the installed ones that the operator names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from importlib import metadata
from typing import Any

import pluggy

from smashpass.core.errors import BadSetting, NotPossible
from smashpass.scoring import hooks, oip, onnx
from smashpass.services.scoring.ports import NEEDS, InstalledPlugin, ProvidedScorer

_SETTING = "SMASHPASS_PLUGINS"


def installed_plugins() -> list[InstalledPlugin]:
    """Return the plugins that are installed, by name, without importing them."""
    found = {
        InstalledPlugin(entry.name, entry.dist.name, entry.dist.version)
        for entry in metadata.entry_points(group=hooks.GROUP)
        if entry.dist is not None
    }
    return sorted(found, key=lambda plugin: (plugin.name, plugin.package))


def load_scorers(settings: hooks.PluginSettings, names: Iterable[str]) -> list[ProvidedScorer]:
    """Return the scorers of the built-in plugins and of those named.

    Plugins that are installed but not named are not even imported.

    Raises:
        BadSetting: A name is not installed, or a setting of a built-in plugin is wrong.
        NotPossible: A plugin cannot be loaded, or provides something other than scorers.
    """
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(oip, name="oip")
    manager.register(onnx, name="onnx")
    for name in names:
        _load(manager, name)
    return _checked(_provided(manager, settings))


def _load(manager: pluggy.PluginManager, name: str) -> None:
    """Load one plugin by the name of its entry point."""
    try:
        count = manager.load_setuptools_entrypoints(hooks.GROUP, name=name)
    except (Exception, SystemExit) as error:  # importing it runs a stranger's code
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


def _provided(
    manager: pluggy.PluginManager, settings: hooks.PluginSettings
) -> list[tuple[Any, InstalledPlugin]]:
    """Return what each plugin provides as its scorers."""
    packages = {id(plugin): package for plugin, package in manager.list_plugin_distinfo()}
    plugins = manager.list_name_plugin()
    provided = []
    for name, plugin in plugins:
        others = [other for _, other in plugins if other is not plugin]
        ask = manager.subset_hook_caller("smashpass_scorers", others)
        package = packages.get(id(plugin))
        origin = InstalledPlugin(name)
        if package is not None:
            origin = InstalledPlugin(name, package.project_name, package.version)
        try:
            for scorers in ask(settings=settings):
                provided += [(scorer, origin) for scorer in scorers]
        except BadSetting:
            raise
        except (Exception, SystemExit) as error:  # as above
            raise NotPossible(
                f"the plugin {name!r} cannot create its scorers: {_summary(error)}",
                where=_SETTING,
                hint="correct the plugin, or remove its name",
            ) from error
    return provided


def _checked(provided: Sequence[tuple[Any, InstalledPlugin]]) -> list[ProvidedScorer]:
    """Return what is provided if all are valid and no two provide the same attribute."""
    fillers: dict[str, str] = {}
    names: set[str] = set()
    for scorer, _ in provided:
        name = type(scorer).__name__
        try:
            name = str(getattr(scorer, "name", "") or name)
            for attribute in _checked_attributes(scorer, name):
                if attribute in fillers:
                    raise _unusable(name, f"{fillers[attribute]!r} fills {attribute} already")
                fillers[attribute] = name
        except NotPossible:
            raise
        except Exception as error:  # as above: any part of it may be a property
            raise _unusable(name, _summary(error)) from error
        if name in names:
            raise _unusable(name, "another scorer has the same name, and scores are kept by it")
        names.add(name)
    return [ProvidedScorer(scorer, plugin) for scorer, plugin in provided]


def _checked_attributes(scorer: Any, name: str) -> Collection[str]:
    """Return the attributes that a scorer names, none if it names none; all its parts are valid."""
    missing = [
        part for part in ("name", "version", "attributes", "score") if not hasattr(scorer, part)
    ]
    if missing:
        raise _unusable(name, f"it has no {' and no '.join(missing)}")
    if not isinstance(scorer.name, str) or not isinstance(scorer.version, str):
        raise _unusable(name, "its name or version is not a text")
    if not scorer.name.isprintable() or not scorer.name:
        raise _unusable(name, "its name is empty or cannot be printed")
    _check_needs(name, getattr(scorer, "needs", None))
    attributes = scorer.attributes
    if attributes is None:
        return ()
    if isinstance(attributes, str) or not isinstance(attributes, Collection):
        raise _unusable(name, "its attributes are not a list of names")
    for attribute in attributes:
        if not isinstance(attribute, str) or not attribute.startswith("plugin."):
            raise _unusable(name, f"{attribute!r} is not a plugin attribute")
    return attributes


def _check_needs(name: str, needs: object) -> None:
    """Refuse a scorer that needs something that scorers never get."""
    if needs is None:
        return
    if isinstance(needs, str) or not isinstance(needs, Collection):
        raise _unusable(name, "its needs are not a list of names")
    for need in needs:
        if need == "viewer":
            raise _unusable(name, "it needs data of viewers, which no scorer ever gets")
        if need not in NEEDS:
            raise _unusable(name, f"it needs {need!r}; scorers get {' and '.join(NEEDS)}")


def _unusable(name: str, why: str) -> NotPossible:
    return NotPossible(
        f"the scorer {name!r} cannot be used: {why}", where=_SETTING, hint="correct its plugin"
    )


def _summary(error: BaseException) -> str:
    """Return an exception as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
