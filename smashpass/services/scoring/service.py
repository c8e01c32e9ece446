"""Scores for those who run an installation: filling the store, and how far it is filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from smashpass.core.errors import NotFound, NotPossible, SmashpassError
from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.services.ports.scoring import ScoreStore, StoredVersion
from smashpass.services.scoring.client import GuardedScorer
from smashpass.services.scoring.columns import ColumnFile
from smashpass.services.scoring.fill import READS_TAGS, ScoreFilling
from smashpass.services.scoring.fill_report import FillOptions, Progressed, ScorerFill
from smashpass.services.scoring.items import item_of
from smashpass.services.scoring.ports import Item, PictureBytes


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """How far one model version is.

    Attributes:
        stored: The version and how many pictures it has scored.
        left: Servable images with a picture that it has not scored.
    """

    stored: StoredVersion
    left: int


@dataclass(frozen=True, slots=True)
class ScoreStatus:
    """What is known of scores.

    Attributes:
        versions: All model versions with scores, the oldest first.
        pictured: Servable images with a picture.
        generation: Of the scores in the database.
        file_generation: Of those in the newest file of columns, None if there is none.
    """

    versions: tuple[VersionStatus, ...]
    pictured: int
    generation: int
    file_generation: int | None

    def coverage(self, version: VersionStatus) -> float:
        """Return the percentage of servable images with a picture that a version has scored."""
        return 100.0 * (1 - version.left / self.pictured) if self.pictured else 100.0


@dataclass(frozen=True, slots=True)
class NewScores:
    """What came of scoring at the end of an import.

    Attributes:
        scored: Pictures that got at least one value.
        warnings: What an operator should look at, one line each.
    """

    scored: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoreService:
    """Fills the store of scores, and says what is in it.

    Attributes:
        store: Where scores are kept.
        scorers: Returns the scorers of this installation.
        column_file: Makes the file of columns.
        file_generation: Returns the generation of that file.
        latest: Returns the index as it is now.
        name_image: Gives the public id of an image.
        pictures: Reads the files of pictures.
        lock: Keeps a second fill away.
    """

    store: ScoreStore
    scorers: Callable[[], Sequence[GuardedScorer]]
    column_file: ColumnFile
    file_generation: Callable[[], int | None]
    latest: Callable[[], Index]
    name_image: Callable[[Ordinal], str]
    pictures: PictureBytes
    lock: Callable[[str], AbstractContextManager[None]]

    def fill(
        self,
        options: FillOptions = FillOptions(),  # noqa: B008 - frozen
        *,
        stopping: Callable[[], bool] = lambda: False,
        progressed: Progressed = lambda _fill: None,
    ) -> list[ScorerFill]:
        """Ask the scorers about all pictures that they have not scored, one after the other.

        Then the file of columns is made anew if scores changed. What is interrupted is kept, and
        the next call goes on. Memory does not grow with the library.

        Args:
            options: Whom to ask, how much and how fast.
            stopping: Is asked many times a second whether to stop.
            progressed: Is told how far it came, after each batch.

        Returns:
            How far each scorer came.

        Raises:
            Busy: Another fill is running.
            NotPossible: No scorer is configured.
            NotFound: No scorer has that model.
            DatabaseUnavailable: The database does not answer.
        """
        scorers = self._chosen(options.model)
        fills: list[ScorerFill] = []
        with self.lock("smashpass scores fill"):
            for scorer in scorers:
                rest = options.limit
                if rest is not None:
                    rest -= sum(fill.asked for fill in fills)
                if stopping() or rest == 0:
                    break
                filling = ScoreFilling(
                    scorer,
                    self.store,
                    self._item_maker(),
                    replace(options, limit=rest),
                    stopping=stopping,
                    progressed=progressed,
                )
                fills.append(filling.run())
            if not stopping() and (self.column_file.is_behind() or not self.column_file.is_sound()):
                self.column_file.save()
        return fills

    def fill_new(
        self,
        *,
        stopping: Callable[[], bool] = lambda: False,
        progressed: Progressed = lambda _fill: None,
    ) -> NewScores | None:
        """Ask about what has no score, at the end of an import; None if no scorer is configured.

        What an import brought is there whatever scorers do, so a mistake is a warning. A scorer
        that stops answering is left alone at once: the next import, or ``fill``, goes on.

        Args:
            stopping: Is asked many times a second whether to stop.
            progressed: Is told how far it came, after each batch.
        """
        try:
            if not self.scorers():
                return None
            options = FillOptions(patient=False)
            fills = self.fill(options, stopping=stopping, progressed=progressed)
        except SmashpassError as error:
            return NewScores(0, (f"pictures were not scored: {error}",))
        warnings = [text for fill in fills if (text := warning_of(fill))]
        return NewScores(sum(fill.scored for fill in fills), tuple(warnings))

    def status(self) -> ScoreStatus:
        """Return what is known of scores; reads all images for each version."""
        store = self.store
        versions = tuple(
            VersionStatus(stored, store.count_unscored(stored.source))
            for stored in store.versions()
        )
        generation, file_generation = store.generation(), self.file_generation()
        return ScoreStatus(versions, store.count_pictured(), generation, file_generation)

    def require_scorers(self) -> None:
        """Refuse to go on where nobody can be asked.

        Raises:
            NotPossible: No scorer is configured.
        """
        self._chosen("")

    def _chosen(self, model: str) -> list[GuardedScorer]:
        """Return the scorers of a model; of all if it is ""."""
        scorers = list(self.scorers())
        if not scorers:
            raise NotPossible(
                "no scorer is configured",
                where="SMASHPASS_SCORER_URL",
                hint="set it to the address of a model server, or set SMASHPASS_SCORER_ONNX or"
                " SMASHPASS_PLUGINS",
            )
        chosen = [scorer for scorer in scorers if not model or scorer.model == model]
        if not chosen:
            models = sorted({scorer.model for scorer in scorers if scorer.model})
            raise NotFound(
                f"no scorer has the model {model!r}",
                hint=f"there are: {', '.join(models)}" if models else "omit --model",
            )
        return chosen

    def _item_maker(self) -> Callable[[Ordinal, str], Item | None]:
        """Return what makes images into items, as they are now."""
        index = self.latest()

        def make(ordinal: Ordinal, sha256: str) -> Item | None:
            if ordinal not in index.live:
                return None
            tags = index.facts(ordinal).tags
            names = index.vocabulary.names
            return item_of(self.name_image(ordinal), sha256, tags, names, self.pictures)

        return make


def warning_of(fill: ScorerFill) -> str:
    """Return what an operator should know of a fill that left something out; "" if nothing."""
    if fill.error == READS_TAGS:
        return ""  # as it has to be
    name = f"{fill.source.scorer} {fill.source.model}".rstrip()
    if fill.error:
        return f"scorer {name}: {fill.error}; go on with `smashpass scores fill`"
    if fill.failed:
        return f"scorer {name}: {fill.failed:,} pictures could not be scored"
    return ""
