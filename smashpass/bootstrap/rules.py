"""The parts of an installation that have to do with rules."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from smashpass.clock import Clock
from smashpass.services.rules.live import LiveRules
from smashpass.services.rules.publish import Publisher
from smashpass.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from smashpass.core.library.imageid import ImageIds
    from smashpass.core.rules.ruleset import RuleSet
    from smashpass.services.decisions.recorder import Recorder
    from smashpass.services.rules.authoring.drafts import Drafts
    from smashpass.services.rules.canary import CanaryControl
    from smashpass.services.rules.impact import Impacts
    from smashpass.store.rules.canaries import Canaries
    from smashpass.store.rules.revisions import Revisions


class RuleParts:
    """What an installation is made of, as far as rules go; each made when first asked for."""

    settings: Settings
    home: Path
    clock: Clock

    if TYPE_CHECKING:

        @property
        def engine(self) -> Engine:
            """The database."""

        @property
        def image_ids(self) -> ImageIds:
            """The public names of this library's images."""

        @property
        def revisions(self) -> Revisions:
            """The published rule sets."""

    def load_rules(self, files: Mapping[str, str]) -> RuleSet:
        """Read rule files from their texts, by path."""
        return _read(tuple(files.items()))

    @cached_property
    def rules(self) -> LiveRules:
        """The rules that this process decides by; ``refresh`` follows what is published."""
        import smashpass.rulefiles.load  # noqa: F401 - once, before the server's processes fork

        return LiveRules(self.revisions, self.load_rules)

    @cached_property
    def publishing(self) -> Publisher:
        """Publishing of rule sets."""
        return Publisher(self.revisions, self.load_rules)

    @cached_property
    def canaries(self) -> Canaries:
        """The revision beside the active one, in the database."""
        from smashpass.store.rules.canaries import Canaries

        return Canaries(self.engine)

    @cached_property
    def canarying(self) -> CanaryControl:
        """Rules beside the active ones."""
        from smashpass.services.rules.canary import CanaryControl

        return CanaryControl(self.canaries, self.publishing, self.load_rules)

    @cached_property
    def recorder(self) -> Recorder:
        """Notes of decisions: for the canary's counts and the decision log."""
        from smashpass.services.decisions.decision_log import DecisionLog
        from smashpass.services.decisions.recorder import Recorder
        from smashpass.services.decisions.shadow import Shadow
        from smashpass.store.rules.decision_files import DecisionFiles

        percent = self.settings.whole("decision_log_percent")
        days = self.settings.whole("keep_decisions_days")
        files = DecisionFiles(self.home / "decisions", days=days)
        log = DecisionLog(files.write, files.flush, percent) if percent else None
        return Recorder(self.rules, Shadow(self.canaries), log, clock=self.clock)

    @cached_property
    def impacts(self) -> Impacts:
        """The effect of rules that are not published yet."""
        from smashpass.services.rules.impact import Impacts
        from smashpass.store.people.swipes import Swipes

        name_image = self.image_ids.encode
        return Impacts(self.publishing, self.load_rules, Swipes(self.engine), name_image)

    @cached_property
    def drafting(self) -> Drafts:
        """Drafts of rule files."""
        from smashpass.services.rules.authoring.drafts import Drafts
        from smashpass.store.rules.drafts import RuleDrafts

        return Drafts(RuleDrafts(self.engine), self.revisions)

    def newest_decisions(self) -> Iterable[bytes]:
        """Return the newest records of the decision log."""
        from smashpass.store.rules.decision_files import READ_BYTES, newest_lines

        return newest_lines(self.home / "decisions", READ_BYTES)

    def load_shipped_rules(self) -> RuleSet:
        """Read the rules that come with the program."""
        from smashpass.rulefiles.load import load

        return load([shipped("rules")])


def shipped(name: str) -> Path:
    """Return a folder that comes with the program: ``rules`` or ``image_library``.

    In a checkout it stands beside the package, after an installation under the prefix.
    """
    beside = Path(__file__).resolve().parents[2] / name
    return beside if beside.is_dir() else Path(sys.prefix) / "share" / "smashpass" / name


@lru_cache(maxsize=2)  # such as what is active and its canary, or what is being edited
def _read(texts: tuple[tuple[str, str], ...]) -> RuleSet:
    """Return the rule files with these paths and texts, read; the last ones are not read again."""
    from smashpass.rulefiles.load import load_texts

    return load_texts(dict(texts))
