"""Canaries: rules that run beside the active ones before they take their place."""

from __future__ import annotations

from smashpass.core.errors import BadInput, NotFound, NotPossible, RulesInvalid
from smashpass.core.rules.revision import Canary, Revision
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.text.reasons import read_reason
from smashpass.services.ports.rules import CanaryStore
from smashpass.services.rules.publish import Publisher, require_good
from smashpass.services.rules.sets import LoadTexts, merge_sets
from smashpass.services.runtime.retry import retry_when_stale

_REASON = "to see what they would do"


class CanaryControl:
    """Starts, stops and reports canaries."""

    def __init__(self, canaries: CanaryStore, publishing: Publisher, load: LoadTexts) -> None:
        self._canaries = canaries
        self._publishing = publishing
        self._load = load

    def start(
        self,
        rules: RuleSet,
        percent: int,
        *,
        whole: bool,
        by: str,
        origin: str,
        reason: str = "",
    ) -> Canary:
        """Let rules run beside the active ones.

        Args:
            rules: The set, or some of its files.
            percent: For how many viewers they decide.
            whole: Whether ``rules`` are the whole set; if not, they replace files of the
                active one.
            by: Who does so.
            origin: Through which door.
            reason: Why.

        Raises:
            BadInput: The percentage is not one.
            NoDefaultLeft: The active set has a default tree, and this one has none.
            NotPossible: No rules are active.
            RulesInvalid: The rules have an error, or a test in them fails.
            Conflict: They are the active ones.
        """
        _require_percent(percent)
        reason = read_reason(reason or _REASON)
        require_good(rules)

        def attempt() -> Canary:
            active = self._active()
            rule_set = rules
            if not whole:
                rule_set = merge_sets(self._load(active.files), rules, self._load)
                require_good(rule_set)
            if not rule_set.trees:
                raise BadInput("the rules contain no tree", hint="a tree is a file with a root")
            self._publishing.require_default(active, rule_set)
            return self._canaries.start(
                rule_set.files,
                rule_set.revision,
                percent,
                by=by,
                origin=origin,
                reason=reason,
                replacing=active.number,
            )

        return retry_when_stale(attempt)

    def start_revision(
        self, name: str, percent: int, *, by: str, origin: str, reason: str = ""
    ) -> Canary:
        """Let an earlier revision run beside the active one; otherwise as :meth:`start`.

        Raises:
            NotFound: No revision matches, or the prefix is ambiguous.
        """
        _require_percent(percent)
        reason = read_reason(reason or _REASON)
        active = self._active()
        revision = self._publishing.find(name)
        rules = self._load(revision.files)
        if rules.errors:
            raise RulesInvalid(rules.problems)
        self._publishing.require_default(active, rules)
        return self._canaries.start(
            revision.files, revision.sha256, percent, by=by, origin=origin, reason=reason
        )

    def stop(self, *, by: str, origin: str) -> Canary:
        """End the canary.

        Raises:
            NotFound: None runs.
        """
        ended = self._canaries.stop(by=by, origin=origin)
        if ended is None:
            raise NotFound("no canary runs", hint="start one with `smashpass rules canary`")
        return ended

    def current(self) -> Canary | None:
        """Return the canary that runs, or None."""
        return self._canaries.current()

    def _active(self) -> Revision:
        """Return the active revision, beside which something can run."""
        try:
            return self._publishing.find("active")
        except NotFound as error:
            raise NotPossible(
                "no rules are active, so none can run beside them", hint="publish rules first"
            ) from error


def _require_percent(percent: int) -> None:
    """Refuse what is not a percentage."""
    if not 0 <= percent <= 100:
        raise BadInput(f"the percentage is {percent}", hint="give 0 to 100; 0 only counts")
