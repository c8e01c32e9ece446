"""The scores and embeddings of one installation: the store, and the files made from it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from smashpass.core.library.imageid import ImageIds
    from smashpass.scoring.collab.folder import CollabFolder
    from smashpass.services.scoring.collect import Scoring
    from smashpass.services.scoring.columns import (
        ColumnFile,
        EmbeddingFiles,
        ScoreColumns,
        ScoreFiles,
    )
    from smashpass.services.search.similar import SimilarityService
    from smashpass.snapshots.embeddings import EmbeddingFolder
    from smashpass.store.library.scores import KeptScores


class ScoreParts:
    """What is kept of the answers of scorers, and what is made from it."""

    home: Path

    if TYPE_CHECKING:

        @property
        def engine(self) -> Engine:
            """The database."""

        @property
        def image_ids(self) -> ImageIds:
            """The public names of this library's images."""

        @property
        def scoring(self) -> Scoring:
            """The scorers."""

    @cached_property
    def scores(self) -> KeptScores:
        """What scorers said of pictures, in the database."""
        from smashpass.store.library.scores import KeptScores

        return KeptScores(self.engine)

    @cached_property
    def collab_folder(self) -> CollabFolder:
        """What collaborative filtering learnt, as files."""
        from smashpass.scoring.collab.folder import CollabFolder

        return CollabFolder(self.home / "collab")

    @cached_property
    def score_files(self) -> ScoreFiles:
        """The columns of scores, as files."""
        from smashpass.services.scoring.columns import ScoreFiles
        from smashpass.snapshots.scores import ScoreFolder

        folder = ScoreFolder(self.home / "snapshots")
        return ScoreFiles(
            folder.newest_generation, folder.newest_stamp, folder.load_newest, folder.save
        )

    @cached_property
    def column_file(self) -> ColumnFile:
        """Makes the columns of scores anew."""
        from smashpass.services.scoring.columns import ColumnFile

        return ColumnFile(self.scores, self.score_files, self.embedding_files)

    @cached_property
    def embedding_folder(self) -> EmbeddingFolder:
        """The embeddings in use, as files."""
        from smashpass.snapshots.embeddings import EmbeddingFolder

        return EmbeddingFolder(self.home / "snapshots")

    @cached_property
    def embedding_files(self) -> EmbeddingFiles:
        """How the files of embeddings are made and checked."""
        from smashpass.services.scoring.columns import EmbeddingFiles

        return EmbeddingFiles(self.embedding_folder.load_newest, self.embedding_folder.save)

    @cached_property
    def similarity(self) -> SimilarityService:
        """What is alike."""
        from smashpass.services.search.similar import SimilarityService

        return SimilarityService(
            newest_stamp=self.embedding_folder.newest_stamp,
            load_newest=self.embedding_folder.load_newest,
            ordinal_of=lambda image: self.image_ids.decode(image),
        )

    @cached_property
    def score_columns(self) -> ScoreColumns:
        """The columns of scores that this process answers from; loads no plugin without a file."""
        from smashpass.services.scoring.columns import ScoreColumns

        return ScoreColumns(
            self.score_files,
            lambda: {scorer.name: scorer.attributes for scorer in self.scoring.scorers},
        )
