"""Publishing: a set of rules is checked, run on its own tests, kept permanently, and goes live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from smashpass.core.errors import BadInput, Conflict, NotFound, RulesInvalid, StaleVersion
from smashpass.core.problems import Problem
from smashpass.core.rules.analysis.meaning import MeaningDifference, meaning_difference
from smashpass.core.rules.revision import Revision
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.rules.tree import DEFAULT_LABEL, default_tree
from smashpass.core.text.reasons import read_reason
from smashpass.services.ports.rules import RevisionStore
from smashpass.services.rules.check import findings
from smashpass.services.rules.revision_names import find_hash
from smashpass.services.rules.sets import (
    LoadTexts,
    TreeChanges,
    file_differences,
    merge_sets,
    tree_changes,
)
from smashpass.services.runtime.retry import retry_when_stale

ACTIVE = "active"
_FIRST_REASON = "the rules that come with the program"


class NoDefaultLeft(Conflict):
    """Publishing would leave the active set without a default tree."""

    code = "no_default_left"


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What became of publishing or of a rollback.

    Attributes:
        revision: The revision that decides now.
        changed: Whether another one decided before; if not, nothing was written.
        trees: What changed against the one before.
        warnings: Problems of the set that block nothing.
    """

    revision: Revision
    changed: bool
    trees: TreeChanges
    warnings: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The outcome as the command line and the admin pages give it."""
        return {
            "revision": self.revision.sha256,
            "changed": self.changed,
            "trees": self.trees.as_json(),
            "warnings": [problem.as_json() for problem in self.warnings],
        }


@dataclass(frozen=True, slots=True)
class RevisionDifference:
    """What differs between two revisions: the trees by meaning, the files by text.

    Attributes:
        before: The one revision.
        after: The other.
        trees: Which trees were added, removed or changed.
        files: A unified diff of each file that differs, by path.
        meaning: For each changed tree which images come to another leaf, with an image to try.
    """

    before: Revision
    after: Revision
    trees: TreeChanges
    files: Mapping[str, str]
    meaning: Mapping[str, MeaningDifference]


class Publisher:
    """Publishes rule sets and brings earlier ones back."""

    def __init__(self, revisions: RevisionStore, load: LoadTexts) -> None:
        self._revisions = revisions
        self._load = load

    def publish(
        self,
        rules: RuleSet,
        *,
        by: str,
        origin: str,
        reason: str,
        replacing: int | None = None,
        allow_no_default: bool = False,
    ) -> PublishResult:
        """Make ``rules`` the whole active set.

        Args:
            rules: The set.
            by: Who does so.
            origin: Through which door.
            reason: Why.
            replacing: The number of the revision that must be active before; None: any.
            allow_no_default: Whether the set may lack a default tree although there was one.

        Raises:
            BadInput: The reason is empty.
            NoDefaultLeft: There was a default tree, and the set has none.
            RulesInvalid: The set has an error, or a test in it fails.
            StaleVersion: Another one than ``replacing`` is active.
        """
        reason = read_reason(reason)
        require_good(rules)
        active = self._revisions.active()
        if not allow_no_default:
            self.require_default(active, rules)
        return self._publish(active, rules, replacing, by, reason, origin)

    def publish_files(
        self,
        rules: RuleSet,
        *,
        by: str,
        origin: str,
        reason: str,
        allow_no_default: bool = False,
    ) -> PublishResult:
        """Replace or add the files of ``rules`` (trees, what they include) in the active set.

        Raises:
            BadInput: The reason is empty.
            NoDefaultLeft: There was a default tree, and the set would have none.
            RulesInvalid: The files have an error, do not go together with the active set, or a
                test fails.
            Conflict: A fragment lies elsewhere in the active set, where other trees include it.
        """
        reason = read_reason(reason)
        if not rules.files:
            raise BadInput("there is no rule file to publish", hint="give at least one")
        require_good(rules)

        def attempt() -> PublishResult:
            active = self._revisions.active()
            whole = rules
            if active is not None:
                whole = merge_sets(self._load(active.files), rules, self._load)
                require_good(whole)
                if not allow_no_default:
                    self.require_default(active, whole)
            number = 0 if active is None else active.number
            return self._publish(active, whole, number, by, reason, origin)

        # Whoever publishes between our look and our write is added to.
        return retry_when_stale(attempt)

    def rollback(
        self, name: str, *, by: str, origin: str, reason: str, allow_no_default: bool = False
    ) -> PublishResult:
        """Make an earlier revision active again; ``name`` as for :meth:`find`.

        Raises:
            BadInput: The reason is empty.
            NoDefaultLeft: There is a default tree, and the revision has none.
            NotFound: No revision matches, or the prefix is ambiguous.
            RulesInvalid: This version of the program cannot read the revision any more.
        """
        reason = read_reason(reason)
        target = self.find(name)
        before = self._revisions.active()
        rules = self._load(target.files)
        if rules.errors:
            raise RulesInvalid(rules.problems)
        if before is not None and before.number == target.number:
            return PublishResult(target, changed=False, trees=TreeChanges())
        if not allow_no_default:
            self.require_default(before, rules)
        revision = self._revisions.rollback(target.sha256, by=by, reason=reason, origin=origin)
        return PublishResult(revision, changed=True, trees=self._since(before, rules))

    def drops_default(self, active: Revision | None, rules: RuleSet) -> bool:
        """Tell whether the active set has a default tree and ``rules`` have none."""
        before = () if active is None else self._load(active.files).trees
        return default_tree(before) is not None and default_tree(rules.trees) is None

    def require_default(self, active: Revision | None, rules: RuleSet) -> None:
        """Check that a set keeps a default tree if the active one has any.

        Raises:
            NoDefaultLeft: It does not; decks that name no tree would be refused.
        """
        if self.drops_default(active, rules):
            raise NoDefaultLeft(
                f"no tree would be labelled {DEFAULT_LABEL!r} any more, so every deck that names "
                "no tree would be refused",
                hint=f"label a tree {DEFAULT_LABEL!r}, or allow it: "
                "allow_no_default, --allow-no-default",
            )

    def ensure_active(self, shipped: Callable[[], RuleSet], *, by: str) -> PublishResult | None:
        """Publish the rules that come with the program if none decide yet.

        Several processes may do so at once; one of them publishes.

        Returns:
            What was published, None if rules were active already.
        """
        if self._revisions.active() is not None:
            return None
        rules = shipped()
        require_good(rules)
        try:
            return self._publish(None, rules, 0, by, _FIRST_REASON, "start")
        except StaleVersion:
            return None

    def list(self) -> list[Revision]:
        """Return all revisions without their files, newest first."""
        return self._revisions.list()

    def find(self, name: str) -> Revision:
        """Return a revision, whole, by 4 or more digits of its sha256, or as ``active``.

        Raises:
            NotFound: No revision matches, or the prefix is ambiguous; the nearest are proposed.
        """
        if name == ACTIVE:
            active = self._revisions.active()
            if active is None:
                raise NotFound("no revision is active", hint="publish rules first")
            return active
        hashes = [revision.sha256 for revision in self._revisions.list()]
        return self._revisions.get(find_hash(name, hashes))

    def trees_of(self, revision: Revision) -> Sequence[ListedTree]:
        """Return id, title and labels of the trees of a whole revision."""
        return [
            ListedTree(tree.id, tree.title, tree.labels)
            for tree in self._load(revision.files).trees
        ]

    def diff(self, before: str, after: str) -> RevisionDifference:
        """Return what differs between two revisions, named as for :meth:`find`.

        Raises:
            NotFound: No revision matches, or the prefix is ambiguous.
        """
        old, new = self.find(before), self.find(after)
        old_trees = {tree.id: tree for tree in self._load(old.files).trees}
        new_trees = {tree.id: tree for tree in self._load(new.files).trees}
        trees = tree_changes(old_trees.values(), new_trees.values())
        meaning = {
            name: meaning_difference(old_trees[name], new_trees[name]) for name in trees.changed
        }
        return RevisionDifference(old, new, trees, file_differences(old.files, new.files), meaning)

    def _publish(
        self,
        active: Revision | None,
        rules: RuleSet,
        replacing: int | None,
        by: str,
        reason: str,
        origin: str,
    ) -> PublishResult:
        """Keep and activate a good set, unless it is the active one."""
        if not rules.trees:
            raise BadInput("the rules contain no tree", hint="a tree is a file with a root")
        warnings = tuple(problem for problem in rules.problems if problem.severity == "warning")
        if active is not None and active.sha256 == rules.revision:
            return PublishResult(active, changed=False, trees=TreeChanges(), warnings=warnings)
        revision = self._revisions.publish(
            rules.files, rules.revision, by=by, reason=reason, origin=origin, replacing=replacing
        )
        return PublishResult(
            revision, changed=True, trees=self._since(active, rules), warnings=warnings
        )

    def _since(self, before: Revision | None, rules: RuleSet) -> TreeChanges:
        """Return what is new in ``rules`` against what was active."""
        return tree_changes(() if before is None else self._load(before.files).trees, rules.trees)


@dataclass(frozen=True, slots=True)
class ListedTree:
    """A row in a list of trees."""

    id: str
    title: str
    labels: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The tree as ``GET /rules`` gives it."""
        return {"id": self.id, "title": self.title, "labels": list(self.labels)}


def require_good(rules: RuleSet) -> None:
    """Check a set for errors, failing tests and ways that nothing can take included.

    Raises:
        RulesInvalid: There is one; all problems are attached.
    """
    problems = findings(rules)
    if any(problem.severity == "error" for problem in problems):
        raise RulesInvalid(problems)
