"""The parts of an installation that protect people: what is kept of them, what may not be shown."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from smashpass.clock import Clock
from smashpass.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from smashpass.core.library.imageid import ImageIds
    from smashpass.core.protection.screening import Screening
    from smashpass.media.store import PictureStore
    from smashpass.services.decks.viewers import ViewerStates
    from smashpass.services.moderation.cases import CaseDecisions
    from smashpass.services.moderation.takedown import Takedown
    from smashpass.services.privacy.retention import RetentionRule
    from smashpass.services.runtime.library import LiveLibrary
    from smashpass.store.library.catalogue import Catalogue
    from smashpass.store.library.source_types import SourceTypes
    from smashpass.store.operations.audit import Audit
    from smashpass.store.operations.jobs import Jobs
    from smashpass.store.operations.notices import Notices
    from smashpass.store.operations.rate_limits import RateLimits
    from smashpass.store.people.erased import Erased
    from smashpass.store.people.erasures import Erasures
    from smashpass.store.people.personal_data import PersonalDatum
    from smashpass.store.people.retention import OldRows
    from smashpass.store.people.viewers import Viewers


class DataParts:
    """What an installation is made of, as far as people's data go."""

    settings: Settings
    home: Path
    clock: Clock

    if TYPE_CHECKING:

        @property
        def engine(self) -> Engine:
            """The database."""

        @property
        def viewers(self) -> Viewers:
            """Who swipes."""

        @property
        def viewer_states(self) -> ViewerStates:
            """Viewers in memory."""

        @property
        def jobs(self) -> Jobs:
            """Work for the job process."""

        @property
        def library(self) -> LiveLibrary:
            """The index that this process answers from."""

        @property
        def catalogue(self) -> Catalogue:
            """The library in the database."""

        @property
        def audit(self) -> Audit:
            """The audit trail."""

        @property
        def notices(self) -> Notices:
            """What people said is wrong with images."""

        @property
        def rate_limits(self) -> RateLimits:
            """How often addresses asked for what is limited."""

        @property
        def media(self) -> PictureStore:
            """The picture files."""

        @property
        def image_ids(self) -> ImageIds:
            """The public names of images."""

    def kept_about_viewers(self) -> list[PersonalDatum]:
        """Return what the tables store about a viewer, as text."""
        from smashpass.store.people.personal_data import kept_about_viewers

        return kept_about_viewers()

    @cached_property
    def screening(self) -> Screening:
        """What may not be shown here for its tags.

        Raises:
            BadSetting: A denied tag or an under-age term is not valid.
        """
        from smashpass.services.tagging.screening import screening_of

        values = self.settings.values
        return screening_of(values["under_age_terms"] or "", values["deny_tags"] or "")

    @cached_property
    def takedown(self) -> Takedown:
        """What takes images and pictures down."""
        from smashpass.services.moderation.takedown import Takedown

        return Takedown(self.catalogue, self.media, self.audit, self.notices, self.image_ids.encode)

    @cached_property
    def case_decisions(self) -> CaseDecisions:
        """What decides about notices."""
        from smashpass.services.moderation.cases import CaseDecisions

        return CaseDecisions(
            cases=self.notices,
            library=self.catalogue,
            takedown=self.takedown,
            trail=self.audit,
            find=self.image_ids.decode,
            now=self.clock,
        )

    def quarantine_withheld(self) -> int:
        """Quarantine images that edits gave under-age tags, with cases; return how many."""
        from smashpass.services.moderation.automatic_cases import quarantine_withheld

        self.library.refresh()
        moved = quarantine_withheld(
            self.screening,
            self.library.index,
            self.library.withheld,
            library=self.catalogue,
            trail=self.audit,
            cases=self.notices,
            name_image=self.image_ids.encode,
        )
        if moved:
            self.library.refresh()
        return moved

    @cached_property
    def erased(self) -> Erased:
        """Who is gone."""
        from smashpass.store.people.erased import Erased

        return Erased(self.engine, self.home / "erased")

    @cached_property
    def old_rows(self) -> OldRows:
        """What is old in the database."""
        from smashpass.store.people.retention import OldRows

        return OldRows(self.engine)

    @cached_property
    def source_types(self) -> SourceTypes:
        """How many images came to be in which way."""
        from smashpass.store.library.source_types import SourceTypes

        return SourceTypes(self.engine)

    @property
    def decision_folder(self) -> Path:
        """Where the decision log is."""
        return self.home / "decisions"

    @cached_property
    def erasures(self) -> Erasures:
        """Who is gone, and the decision log they are taken out of."""
        from smashpass.store.people.erasures import Erasures

        return Erasures(self.erased, self.decision_folder)

    def retention_rules(self) -> list[RetentionRule]:
        """Return what is kept, how long, and how it is removed."""
        from smashpass.services.privacy.retention import RetentionRule

        days, rows = self.settings.whole, self.old_rows
        return [
            RetentionRule(
                "viewers",
                "age band, settings and swipes of somebody, from the last swipe on",
                days("keep_viewers_days"),
                rows.viewers,
                rows.remove_viewers,
            ),
            RetentionRule(
                "decisions",
                "records of decisions, which name viewers, where they are logged",
                days("keep_decisions_days"),
                self.erasures.count_old_files,
                self.erasures.remove_old_files,
            ),
            RetentionRule(
                "notices",
                "notices that are decided, with the contact given",
                days("keep_notices_days"),
                rows.notices,
                rows.remove_notices,
            ),
            RetentionRule(
                "audit",
                "actions of those who run this, and the text of notices",
                days("keep_audit_days"),
                rows.acts,
                rows.remove_acts,
            ),
            RetentionRule(
                "jobs", "jobs that have ended", days("keep_jobs_days"), rows.jobs, rows.remove_jobs
            ),
            RetentionRule(
                "erased",
                "digests of the names of erased viewers, so that no backup brings them back",
                days("keep_erased_days"),
                self.erased.count_before,
                self.erased.remove_before,
            ),
        ]
