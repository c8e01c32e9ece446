"""Sets of rules side by side: one with a tree replaced, and what differs between two."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from smashpass.core.errors import Conflict, RulesInvalid
from smashpass.core.rules.canonical import tree_json
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.rules.tree import Tree

LoadTexts = Callable[[Mapping[str, str]], RuleSet]
"""Reads rule files given as texts by path."""


@dataclass(frozen=True, slots=True)
class TreeChanges:
    """Ids of the trees that one set has more, has less, or has with another meaning."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        """The changes as the command line and the admin pages give them."""
        return {
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": list(self.changed),
        }


def tree_changes(before: Iterable[Tree], after: Iterable[Tree]) -> TreeChanges:
    """Return which trees differ in their canonical form, which is all that decisions show."""
    old = {tree.id: tree_json(tree) for tree in before}
    new = {tree.id: tree_json(tree) for tree in after}
    return TreeChanges(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name])),
    )


def file_differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return a unified diff of each file that differs, by path; files may be new or gone."""
    differences = {}
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        lines = difflib.unified_diff(
            _lines(old),
            _lines(new),
            fromfile="/dev/null" if old is None else f"a/{path}",
            tofile="/dev/null" if new is None else f"b/{path}",
            lineterm="",
        )
        differences[path] = "\n".join(lines)
    return differences


def merge_sets(active: RuleSet, edited: RuleSet, load: LoadTexts) -> RuleSet:
    """Return the active set with some files replaced or added.

    A file takes the place of the one at the same path, and of the one with the same id, so that
    a tree may move.

    Raises:
        Conflict: A fragment would move away from where other trees include it.
        RulesInvalid: The files do not go together with the others.
    """
    new_ids = set(edited.ids.values())
    moved = [
        path
        for path, tree_id in active.ids.items()
        if tree_id in new_ids and path not in edited.files
    ]
    unmoved = {path: text for path, text in active.files.items() if path not in moved}
    rules = load({**unmoved, **edited.files})
    if not rules.errors:
        return rules
    for path in moved:
        if any(problem.file not in edited.files for problem in rules.errors):
            raise Conflict(
                f"the active set has {active.ids[path]!r} as {path}, where other trees include it",
                hint="put the file at that path below a folder named rules, or publish the folder",
            )
    raise RulesInvalid(rules.problems)


def _lines(text: str | None) -> list[str]:
    """Return the lines of a text; that the last one does not end is said as diff does."""
    if not text:
        return []
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1]
    return [*lines[:-1], f"{lines[-1]}\n\\ No newline at end of file"]
