"""The decision log: one record a decision, with all that is needed to make it again."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from hashlib import blake2b

from orjson import Fragment, dumps

from smashpass.core.timestamps import moment_text
from smashpass.services.decisions.batch import Count, DecidedImage, DecisionBatch
from smashpass.services.decisions.shadow import facts_of

FACETS = ("licence", "source")
_PARTS = 10_000

_log = logging.getLogger(__name__)


class DecisionLog:
    """Writes records of a share of all decisions; used by one thread."""

    def __init__(
        self,
        write: Callable[[Sequence[bytes], int], None],
        flush: Callable[[], None],
        percent: int,
    ) -> None:
        """Create a log of ``percent`` of the decisions.

        Args:
            write: Appends lines of a moment; OSError if that cannot be done.
            flush: Hands what was written to the operating system.
            percent: How many of the decisions are written.
        """
        self._write, self._flush = write, flush
        self._percent = percent
        self._number = 0
        self._failing = False

    def take(self, batch: DecisionBatch, count: Count) -> None:
        """Write the records of one request; those that cannot be written are counted."""
        chosen = [decision for decision in batch.decisions if self._chosen(batch, decision)]
        if not chosen:
            return
        try:
            self._write([self._record(batch, decision) for decision in chosen], batch.at)
        except OSError as error:
            count("dropped", len(chosen))
            if not self._failing:
                _log.warning("cannot write the decision log", extra={"detail": str(error)})
            self._failing = True
        else:
            count("logged", len(chosen))
            self._failing = False

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        self._flush()

    def _chosen(self, batch: DecisionBatch, decision: DecidedImage) -> bool:
        """Tell whether a decision is among the sampled ones: a matter of chance at each time."""
        if self._percent >= 100:
            return True
        text = f"{batch.at}\0{batch.viewer}\0{decision.image}".encode()
        digest = blake2b(text, digest_size=8).digest()
        return int.from_bytes(digest) % _PARTS < 100 * self._percent

    def _record(self, batch: DecisionBatch, decision: DecidedImage) -> bytes:
        """Return a record as a line of JSON."""
        self._number += 1
        facts = facts_of(batch, decision)
        compiled = batch.book.compiled(batch.book.trees[batch.tree], batch.index.vocabulary)
        names = batch.index.vocabulary.names
        values = {name: facts.value(name) for name in compiled.attributes}
        facets = {name: facts.facet(name) for name in (*FACETS, *compiled.facets)}
        record: dict[str, object] = {
            "id": f"{batch.at:x}-{os.getpid()}-{self._number}",
            "at": moment_text(batch.at),
            "viewer": batch.viewer,
            "image": decision.image,
            "library": batch.index.version,
            "tree": batch.tree,
            "revision": batch.book.revision,
            "tags": sorted(names[tag] for tag in facts.own),
            "attrs": {name: value for name, value in values.items() if value is not None},
            "facets": {name: value for name, value in facets.items() if value is not None},
        }
        if decision.scores is not None:
            record["models"] = decision.scores.models
            record["fallbacks"] = decision.scores.fallbacks
        record["decision"] = Fragment(decision.decision)
        return dumps(record)
