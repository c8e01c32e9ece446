"""Completing what somebody types, with counts and texts; and the commonest tags as one file."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from smashpass.core.explore.completion import Completer, completer
from smashpass.core.library.index import Index
from smashpass.core.library.stored import Tag
from smashpass.core.query.phrases import Finder
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.ports.library import LibraryStore

DEFAULT_LIMIT = 10
MAX_LIMIT = 100
TOP = 2_000
"""Tags in the file of the commonest: 100 kB, a third of that compressed."""


@dataclass(frozen=True, slots=True)
class TopTags:
    """The commonest tags as a file that never changes: its name says what is in it.

    Attributes:
        digest: 16 hex digits; equal ones mean equal contents.
        content: JSON ``{"version", "tags": [[name, label, count, category, [alias, …]], …]}``,
            commonest first. ``version`` is the form of the file, not that of the library.
    """

    digest: str
    content: bytes


class Completion:
    """Proposes tags. What is sorted for one index serves until another is asked about."""

    def __init__(self, texts: LibraryStore, finder: Finder | None = None) -> None:
        """Create the service; ``finder`` proposes tags by meaning where no spelling matches."""
        self._texts = texts
        self._finder = finder
        self._cached_texts: tuple[Vocabulary, Mapping[TagId, Tag]] | None = None
        self._completer: Completer | None = None
        self._preparing = threading.Lock()

    def complete(self, index: Index, typed: str, limit: int) -> list[dict[str, object]]:
        """Return tags that fit what was typed, as ``GET /tags`` gives them, best first.

        ``via`` is the alias that fits, where it is not the tag's own name. Counts are exact.
        """
        proposals = self._of(index).complete(typed, limit, self._finder)
        texts = self._texts_of(index.vocabulary)
        entries = []
        for proposal in proposals:
            entry = _entry(index, proposal.tag, texts)
            entries.append(entry if proposal.via is None else entry | {"via": proposal.via})
        return entries

    def top(self, index: Index, most: int = TOP) -> TopTags:
        """Return the file of the ``most`` common tags, with their aliases."""
        vocabulary = index.vocabulary
        tags = self._of(index).most_common(most)
        tag_set = set(tags)
        aliases: dict[TagId, list[str]] = {tag: [] for tag in tags}
        for alias, target in vocabulary.aliases.items():
            if target in tag_set:
                aliases[target].append(vocabulary.names[alias])
        texts = self._texts_of(vocabulary)
        rows = [[*_entry(index, tag, texts).values(), sorted(aliases[tag])] for tag in tags]
        content = json.dumps(
            {"version": 1, "tags": rows}, ensure_ascii=False, separators=(",", ":")
        ).encode()
        return TopTags(sha256(content).hexdigest()[:16], content)

    def ranked(self, index: Index) -> list[TagId]:
        """Return all canonical tags, the commonest first, deprecated ones behind all others."""
        return self._of(index).ranked()

    def ranked_lately(self, index: Index) -> list[TagId]:
        """Return the same as of an index that may be a little older: nobody waits for it."""
        last = self._completer
        return self.ranked(index) if last is None else last.ranked()

    def texts(self, index: Index) -> Mapping[TagId, Tag]:
        """Return the texts of all tags by number; one that is younger than they has none."""
        return self._texts_of(index.vocabulary)

    def _of(self, index: Index) -> Completer:
        """Return what completes by ``index``; whoever comes first after an edit prepares it.

        Others go on with what was prepared last, so that nobody waits for the first one.
        """
        last = self._completer
        if last is not None and last.index is index:
            return last
        if not self._preparing.acquire(blocking=last is None):
            assert last is not None
            return last
        try:
            last = self._completer
            if last is None or last.index is not index:
                last = self._completer = completer(index, last)
            return last
        finally:
            self._preparing.release()

    def _texts_of(self, vocabulary: Vocabulary) -> Mapping[TagId, Tag]:
        """Return the texts of all tags; they are read again when the vocabulary has changed."""
        cached = self._cached_texts
        if cached is None or cached[0] is not vocabulary:
            cached = (vocabulary, {tag.id: tag for tag in self._texts.tags()})
            self._cached_texts = cached
        return cached[1]


def _entry(index: Index, tag: TagId, texts: Mapping[TagId, Tag]) -> dict[str, object]:
    name, text = index.vocabulary.names[tag], texts.get(tag)
    # A tag that is younger than the texts has none.
    return {
        "name": name,
        "label": text.label if text and text.label else name.replace("_", " "),
        "count": index.count(tag),
        "category": text.category if text else "",
    }
