"""What a collection knows of its tags: categories, other names, what follows from them.

A category is new information about a tag that has none, so an import takes it over. Aliases and
implications change what queries and trees mean: they are kept with the run, for a person to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from smashpass.core.errors import BadTag
from smashpass.core.library.stored import Tag
from smashpass.core.operations.changelog import Change, VocabularyPlan
from smashpass.core.tags.names import normalise
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.ports.library import LibraryStore
from smashpass.services.vocabulary.apply import apply_plan
from smashpass.services.vocabulary.dictionary import DictionaryEntry
from smashpass.services.vocabulary.import_plan import plan_import

MAX_TAGS = 500_000
"""Tags that are remembered of one collection, at about 300 bytes each."""


@dataclass(slots=True)
class TagKnowledge:
    """What a reader met so far; names as the collection writes them.

    Attributes:
        categories: Tag → category; the first one stands.
        aliases: Tag → its aliases.
        implied: Tag → tags that follow from it.
        left_out: Facts that were not kept, because there are too many tags.
    """

    categories: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, dict[str, None]] = field(default_factory=dict)
    implied: dict[str, dict[str, None]] = field(default_factory=dict)
    left_out: int = 0

    def categorise(self, tags: Iterable[str], category: str) -> None:
        """Note that tags are of a category."""
        for tag in tags:
            if self._has_room(self.categories, tag):
                self.categories.setdefault(tag, category)

    def alias(self, tag: str, other_names: Iterable[str]) -> None:
        """Note other names of a tag."""
        names = dict.fromkeys(other_names)
        if names and self._has_room(self.aliases, tag):
            self.aliases.setdefault(tag, {}).update(names)

    def imply(self, tag: str, implied: str) -> None:
        """Note that whatever has a tag has another one."""
        if implied != tag and self._has_room(self.implied, tag):
            self.implied.setdefault(tag, {})[implied] = None

    def counts(self) -> dict[str, int]:
        """Return how much is known; nothing where nothing is."""
        counts = {
            "categories": len(self.categories),
            "aliases": sum(map(len, self.aliases.values())),
            "implications": sum(map(len, self.implied.values())),
            "left_out": self.left_out,
        }
        return {name: count for name, count in counts.items() if count}

    def offered(self) -> list[DictionaryEntry]:
        """Return what a person has to decide, as a file of tags holds it, by name."""
        return [
            DictionaryEntry(
                number,
                tag,
                aliases=tuple(sorted(self.aliases.get(tag, ()))),
                implications=tuple(sorted(self.implied.get(tag, ()))),
            )
            for number, tag in enumerate(sorted(self.aliases.keys() | self.implied.keys()), 1)
        ]

    def _has_room(self, facts: Mapping[str, object], tag: str) -> bool:
        if tag in facts or len(facts) < MAX_TAGS:
            return True
        self.left_out += 1
        return False


def adopt_categories(
    library: LibraryStore, tags: Iterable[Tag], knowledge: TagKnowledge, run: int
) -> Change | None:
    """Give tags of the library that have no category the one their collection knows.

    Returns:
        The log entry, None if nothing changed.
    """
    without = {tag.name: ("", tag.label, tag.description) for tag in tags if not tag.category}
    entries = [entry for entry in _categorised(knowledge.categories) if entry.name in without]
    if not entries:
        return None

    def plan(vocabulary: Vocabulary) -> VocabularyPlan:
        return VocabularyPlan(described=plan_import(vocabulary, without, entries).edit.described)

    reason = "categories that the collection knows"
    return apply_plan(library, plan, by=f"run {run}", origin="import", reason=reason)


def _categorised(categories: Mapping[str, str]) -> Iterator[DictionaryEntry]:
    for number, (tag, category) in enumerate(categories.items(), 1):
        try:
            yield DictionaryEntry(number, normalise(tag), category=category)
        except BadTag:
            # The import has warned of it already: no image carries such a tag.
            continue


NO_KNOWLEDGE = TagKnowledge()
"""Of collections whose format says nothing of tags; nobody adds to it."""


def knowledge_line(counts: Mapping[str, int], offered: str) -> str:
    """Return in one line what the collection knows of its tags.

    Args:
        counts: As ``TagKnowledge.counts`` gives them.
        offered: The file with aliases and implications, "" if there are none or it is a dry run.
    """
    names: Sequence[tuple[str, str, str]] = (
        ("categories", "category", "categories"),
        ("aliases", "alias", "aliases"),
        ("implications", "implication", "implications"),
    )
    parts = [
        f"{counts[key]:,} {singular if counts[key] == 1 else plural}"
        for key, singular, plural in names
        if key in counts
    ]
    line = f"the collection knows {', '.join(parts)} of tags"
    if "left_out" in counts:
        line += f" (and {counts['left_out']:,} more, which were not read)"
    if offered:
        line += f"; to take aliases and implications over: smashpass tags import {offered}"
    return line
