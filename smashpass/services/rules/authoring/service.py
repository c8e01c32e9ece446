"""Writing rules on pages: drafts of one account, inspected, reviewed, and then put to use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from smashpass.core.errors import BadInput, StaleVersion
from smashpass.core.problems import Problem
from smashpass.core.rules.revision import Canary, Revision
from smashpass.core.rules.ruleset import RuleSet
from smashpass.services.rules.authoring.drafts import Drafts, EditedFile, overlaid
from smashpass.services.rules.authoring.inspection import Inspection, inspect_file
from smashpass.services.rules.authoring.merge import Merge
from smashpass.services.rules.authoring.review import ReviewedRules, compare_rules
from smashpass.services.rules.check import findings
from smashpass.services.rules.coverage import TreeCoverage, covered_by
from smashpass.services.rules.examples import ExampleResult, run_examples
from smashpass.services.rules.impact import BackTest, TreeReport
from smashpass.services.rules.publish import PublishResult
from smashpass.services.rules.service import RuleService
from smashpass.services.rules.sets import tree_changes
from smashpass.services.runtime.library import LiveLibrary


@dataclass(frozen=True, slots=True)
class Review:
    """All drafts of an account on top of the active revision.

    Attributes:
        active: The active revision.
        pieces: The drafts.
        rules: The active set with the drafts applied.
        problems: All problems of that set.
        compared: Differences from the active set.
        tests: Test results of all trees that differ or have a draft.
        covered: Test coverage of each of these trees.
    """

    active: Revision
    pieces: Sequence[EditedFile]
    rules: RuleSet
    problems: Sequence[Problem]
    compared: ReviewedRules
    tests: Sequence[ExampleResult]
    covered: Sequence[TreeCoverage]

    @property
    def errors(self) -> int:
        """Number of problems that block publishing."""
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def stale(self) -> list[str]:
        """Paths of which a newer version was published in the meantime."""
        return [piece.path for piece in self.pieces if piece.is_stale]

    @property
    def mark(self) -> str:
        """Digest of these drafts on this revision."""
        saved = [f"{piece.path} {piece.saved_at}" for piece in self.pieces]
        return hashlib.sha256("\n".join([str(self.active.number), *saved]).encode()).hexdigest()

    def require_seen(self, mark: str) -> None:
        """Refuse to act if drafts or rules differ from those that ``mark`` is of.

        Raises:
            BadInput: There is no draft.
            StaleVersion: Drafts or rules changed since, or a draft began with an older text.
        """
        if not self.pieces:
            raise BadInput("you have no drafts", hint="edit a file first")
        if mark != self.mark:
            raise StaleVersion(
                "the active rules or your drafts changed since this page was loaded",
                hint="review them again; your drafts are kept",
            )
        if self.stale:
            raise StaleVersion(
                f"a newer version of {', '.join(self.stale)} was published since your draft began",
                hint="open it and merge both; your draft is kept",
            )


@dataclass(frozen=True, slots=True)
class PublishedDrafts:
    """The result of publishing, and how many drafts are kept for the next change."""

    result: PublishResult
    left: int


class DraftService:
    """Keeps the drafts of accounts, shows what they would do, and publishes them."""

    def __init__(
        self,
        *,
        drafts: Drafts,
        rules: RuleService,
        library: LiveLibrary,
        ends_of: Callable[[str, str], Mapping[str, int]],
    ) -> None:
        """Keep what stores drafts and what publishes rules.

        Args:
            drafts: Stores the drafts.
            rules: Reads, compares and publishes rules.
            library: The images that shares are of.
            ends_of: Returns by leaf how many recorded decisions of a revision ended in a tree.
        """
        self._drafts = drafts
        self._rules = rules
        self._library = library
        self._ends_of = ends_of

    def active(self) -> Revision:
        """Return the revision that drafts are made for.

        Raises:
            NotPossible: None is published.
        """
        return self._drafts.active()

    def all(self, account: int) -> list[EditedFile]:
        """Return every draft of an account, by path."""
        return self._drafts.all(account)

    def open(self, account: int, path: str) -> EditedFile:
        """Return a file to work on; a path that the set lacks is a new, empty file.

        Raises:
            BadInput: The path is not valid for a rule file.
        """
        return self._drafts.open(account, path)

    def save(
        self, account: int, path: str, submitted: str, *, last_saved_at: int, base: int
    ) -> EditedFile:
        """Keep what a form sent as a draft, as :meth:`Drafts.save`.

        Raises:
            BadInput: The path is not valid, the text is too large, or there are too many drafts.
            StaleVersion: Another window saved the draft in the meantime.
        """
        return self._drafts.save(account, path, submitted, last_saved_at=last_saved_at, base=base)

    def discard(self, account: int, path: str = "") -> int:
        """Forget one draft, or all of an account; return how many there were."""
        paths = [path] if path else [draft.path for draft in self._drafts.all(account)]
        return self._drafts.drop(account, paths)

    def drop_published(self, account: int) -> None:
        """Forget the drafts of an account that are live now, word for word."""
        self._drafts.published(account, self._drafts.all(account), self._drafts.active())

    def rebase(self, account: int, path: str, *, last_saved_at: int) -> None:
        """Let a draft go on from the active revision, without what others changed.

        Raises:
            BadInput: There is no such draft.
            StaleVersion: Another window saved it in the meantime.
        """
        self._drafts.rebase(account, path, last_saved_at=last_saved_at)

    def merge(self, account: int, path: str, *, last_saved_at: int) -> Merge:
        """Let a draft go on from the active revision, with what others changed.

        Raises:
            BadInput: There is no such draft.
            StaleVersion: Another window saved it in the meantime.
        """
        merged = self._drafts.open(account, path).merged()
        self._drafts.rebase(account, path, last_saved_at=last_saved_at, text=merged.text)
        return merged

    def inspect(self, path: str, text: str) -> Inspection:
        """Return what there is to say about a text as one file of the active set."""
        active = self._drafts.active()
        index = self._library.latest()
        rules = self._rules.load(overlaid(active.files, {path: text}))
        ends = self._ends_of(active.sha256, rules.ids.get(path, ""))
        return inspect_file(rules, path, index, ends)

    def impact(self, path: str, text: str) -> Sequence[TreeReport] | None:
        """Return the exact effect of a text in place of the active one, tests disregarded.

        Only errors that keep the set from being read stop it: then the answer is None. Trees
        that decide as before have no report.

        Cost: as :meth:`RuleService.reports`, below 0.2 s a changed tree at 2,000,000 images.
        """
        active = self._drafts.active()
        rules = self._rules.load(overlaid(active.files, {path: text}))
        if rules.errors:
            return None
        before = self._rules.load(active.files)
        changes = tree_changes(before.trees, rules.trees)
        names = sorted((*changes.added, *changes.removed, *changes.changed))
        return self._rules.reports(before, rules, names)

    def review(self, account: int) -> Review:
        """Apply the drafts of an account to the active set and analyse it.

        Raises:
            NotPossible: No rules are published.
        """
        active = self._drafts.active()
        pieces = self._drafts.all(account)
        files = overlaid(active.files, {piece.path: piece.text for piece in pieces})
        rules = self._rules.load(files)
        different = compare_rules(self._rules.load(active.files), rules, active.files, files)
        # A draft may change only the tests of a tree.
        names = {changed.id for changed in different.trees} | {
            rules.ids.get(edited.path) for edited in pieces
        }
        trees = [tree for tree in rules.trees if tree.id in names]
        return Review(
            active,
            pieces,
            rules,
            findings(rules),
            different,
            [
                result
                for tree in trees
                for result in run_examples(tree, rules.examples.get(tree.id, ()))
            ],
            [covered_by(tree, rules.examples.get(tree.id, ())) for tree in trees],
        )

    def effect(self, review: Review) -> Sequence[TreeReport]:
        """Return the exact effect on the library of the trees that differ; none with an error."""
        if review.errors:
            return ()
        names = [changed.id for changed in review.compared.trees]
        return self._rules.reports(self._rules.load(review.active.files), review.rules, names)

    def agreement(self, account: int) -> BackTest:
        """Return how often the drafts of an account agree with all recorded swipes.

        Raises:
            BadInput: There is no draft, or they have an error.
        """
        review = self.review(account)
        if review.errors or not review.pieces:
            raise BadInput(
                "the drafts cannot be evaluated on swipes", hint="correct their errors first"
            )
        return self._rules.impact(review.rules).swipes

    def publish(
        self,
        account: int,
        mark: str,
        *,
        by: str,
        origin: str,
        reason: str,
        allow_no_default: bool = False,
    ) -> PublishedDrafts:
        """Publish the active set with the drafts of an account applied, as they were reviewed.

        Raises:
            BadInput: There is no draft, or the reason is empty.
            NoDefaultLeft: There was a default tree, and the set has none.
            RulesInvalid: The set has an error, or a test in it fails.
            StaleVersion: Drafts or rules are not those of the review with this ``mark``.
        """
        review = self.review(account)
        review.require_seen(mark)
        result = self._rules.publish(
            review.rules,
            by=by,
            origin=origin,
            reason=reason,
            replacing=review.active.number,
            allow_no_default=allow_no_default,
        )
        return PublishedDrafts(
            result, self._drafts.published(account, review.pieces, result.revision)
        )

    def start_canary(
        self, account: int, mark: str, percent: int, *, by: str, origin: str, reason: str
    ) -> Canary:
        """Run the active set with the drafts applied as a canary; the drafts stay.

        Raises:
            BadInput: There is no draft, or the percentage is not one.
            Conflict: The rules are the active ones, or lack a default tree.
            RulesInvalid: The set has an error, or a test in it fails.
            StaleVersion: Drafts or rules are not those of the review with this ``mark``.
        """
        review = self.review(account)
        review.require_seen(mark)
        return self._rules.start_canary(
            review.rules, percent, whole=True, by=by, origin=origin, reason=reason
        )
