"""Rules for every door alike: what decides, and how something else comes to decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from smashpass.core.errors import NotFound
from smashpass.core.rules.revision import Canary, Revision
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.rules.tree import Tree
from smashpass.services.rules.book import RuleBook
from smashpass.services.rules.canary import CanaryControl
from smashpass.services.rules.impact import Impact, Impacts, TreeReport
from smashpass.services.rules.live import LiveCanary, LiveRules
from smashpass.services.rules.publish import (
    ListedTree,
    Publisher,
    PublishResult,
    RevisionDifference,
)
from smashpass.services.rules.sets import LoadTexts
from smashpass.services.runtime.library import LiveLibrary

_PROGRAM = "smashpass"
"""Who publishes the rules that come with the program."""


class RuleService:
    """Publishes rules, runs them as canaries, and follows them in this process."""

    def __init__(
        self,
        *,
        live: LiveRules,
        publisher: Publisher,
        canaries: CanaryControl,
        impacts: Impacts,
        library: LiveLibrary,
        load: LoadTexts,
        load_shipped: Callable[[], RuleSet],
    ) -> None:
        """Keep what publishes, compares and follows rules.

        Args:
            live: The rules that this process decides by.
            publisher: Publishes sets and keeps revisions.
            canaries: Runs rules beside the active ones.
            impacts: Computes what rules would change.
            library: The images that they would change it for.
            load: Reads rule files.
            load_shipped: Reads the rules that come with the program.
        """
        self._live = live
        self._publisher = publisher
        self._canaries = canaries
        self._impacts = impacts
        self._library = library
        self._load = load
        self._load_shipped = load_shipped

    @property
    def book(self) -> RuleBook:
        """The active trees, as this process decides by them.

        Raises:
            NotPossible: None are published.
        """
        return self._live.book

    @property
    def trees(self) -> tuple[Tree, ...]:
        """The active trees; none before the first publication."""
        return self._live.trees

    def refresh(self) -> int:
        """Read what was published since the last time; return the active number, 0 for none."""
        return self._live.refresh()

    @property
    def live_canary(self) -> LiveCanary | None:
        """The rules that this process lets decide for some viewers."""
        return self._live.canary

    def load(self, files: Mapping[str, str]) -> RuleSet:
        """Read rule files from their texts, by path."""
        return self._load(files)

    def load_revision(self, name: str) -> RuleSet:
        """Read the files of a revision, named as for :meth:`find`.

        Raises:
            NotFound: No revision matches, or the prefix is ambiguous.
        """
        return self._load(self._publisher.find(name).files)

    def revisions(self) -> list[Revision]:
        """Return all revisions without their files, newest first."""
        return self._publisher.list()

    def find(self, name: str) -> Revision:
        """Return a revision, whole, by 4 or more digits of its sha256, or as ``active``.

        Raises:
            NotFound: No revision matches, or the prefix is ambiguous; the nearest are proposed.
        """
        return self._publisher.find(name)

    def numbered(self, number: int) -> Revision:
        """Return the revision with a number, whole.

        Raises:
            NotFound: There is none.
        """
        for revision in self._publisher.list():
            if revision.number == number:
                return self._publisher.find(revision.sha256)
        raise NotFound(f"there is no revision '{number}'", hint="the rules page lists them")

    def trees_of(self, revision: Revision) -> Sequence[ListedTree]:
        """Return id, title and labels of the trees of a whole revision."""
        return self._publisher.trees_of(revision)

    def diff(self, before: str, after: str) -> RevisionDifference:
        """Return what differs between two revisions, named as for :meth:`find`.

        Raises:
            NotFound: No revision matches, or the prefix is ambiguous.
        """
        return self._publisher.diff(before, after)

    def drops_default(self, active: Revision | None, rules: RuleSet) -> bool:
        """Return whether the active set has a default tree and ``rules`` have none."""
        return self._publisher.drops_default(active, rules)

    def publish(
        self,
        rules: RuleSet,
        *,
        by: str,
        origin: str,
        reason: str,
        whole: bool = True,
        replacing: int | None = None,
        allow_no_default: bool = False,
    ) -> PublishResult:
        """Make rules decide, from now on in this process.

        Args:
            rules: The set, or some of its files.
            by: Who publishes.
            origin: Through which door.
            reason: Why.
            whole: Whether ``rules`` become the whole active set; if not, they replace or add
                their files in it.
            replacing: The number of the revision that a whole set replaces; None: any.
            allow_no_default: Whether the set may lack a default tree although there was one.

        Raises:
            BadInput: The reason is empty.
            Conflict: A fragment lies elsewhere in the active set, where other trees include it.
            NoDefaultLeft: There was a default tree, and the set has none.
            RulesInvalid: The set has an error, or a test in it fails.
            StaleVersion: Another revision than ``replacing`` is active.
        """
        if whole:
            result = self._publisher.publish(
                rules,
                by=by,
                origin=origin,
                reason=reason,
                replacing=replacing,
                allow_no_default=allow_no_default,
            )
        else:
            result = self._publisher.publish_files(
                rules, by=by, origin=origin, reason=reason, allow_no_default=allow_no_default
            )
        self._live.refresh_loaded()
        return result

    def ensure_active(self) -> PublishResult | None:
        """Publish the rules that come with the program if none decide; return what became of it.

        Several processes may do so at once; one of them publishes.
        """
        return self._publisher.ensure_active(self._load_shipped, by=_PROGRAM)

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
        result = self._publisher.rollback(
            name, by=by, origin=origin, reason=reason, allow_no_default=allow_no_default
        )
        self._live.refresh_loaded()
        return result

    def canary(self) -> Canary | None:
        """Return the canary that runs, with its counts, or None."""
        return self._canaries.current()

    def start_canary(
        self,
        rules: RuleSet | str,
        percent: int,
        *,
        by: str,
        origin: str,
        reason: str = "",
        whole: bool = False,
    ) -> Canary:
        """Let rules decide for some viewers, beside the active ones.

        Args:
            rules: A set, some of its files, or the name of a revision as for :meth:`find`.
            percent: The share of viewers; 0 only counts.
            by: Who starts it.
            origin: Through which door.
            reason: Why.
            whole: Whether ``rules`` are a whole set; if not, they replace files of the active one.

        Raises:
            BadInput: The percentage is not one.
            Conflict: The rules are the active ones.
            NoDefaultLeft: The active set has a default tree, and this one has none.
            NotFound: No revision matches, or the prefix is ambiguous.
            NotPossible: No rules are active.
            RulesInvalid: The rules have an error, or a test in them fails.
        """
        if isinstance(rules, str):
            started = self._canaries.start_revision(
                rules, percent, by=by, origin=origin, reason=reason
            )
        else:
            started = self._canaries.start(
                rules, percent, whole=whole, by=by, origin=origin, reason=reason
            )
        self._live.refresh_loaded()
        return started

    def stop_canary(self, *, by: str, origin: str) -> Canary:
        """End the canary: the active rules decide for everyone.

        Raises:
            NotFound: None runs.
        """
        ended = self._canaries.stop(by=by, origin=origin)
        self._live.refresh_loaded()
        return ended

    def impact(self, rules: RuleSet, *, against: str | None = None, whole: bool = True) -> Impact:
        """Return what rules would change, for every image and the recorded swipes.

        Args:
            rules: Without errors; a whole set, or some of its files.
            against: Name of the revision to compare with; None for the active one.
            whole: Whether ``rules`` are a whole set.

        Raises:
            Conflict: A fragment lies elsewhere in the compared set.
            NotFound: There is no such revision.
            RulesInvalid: The files do not go together with the others of the revision.
        """
        return self._impacts.of(rules, self._library.latest(), against=against, whole=whole)

    def reports(
        self, before: RuleSet, after: RuleSet, trees: Sequence[str]
    ) -> Sequence[TreeReport]:
        """Return the exact effect of one set in place of another, for some trees."""
        old = {tree.id: tree for tree in before.trees}
        new = {tree.id: tree for tree in after.trees}
        return self._impacts.reports(old, new, trees, self._library.latest())
