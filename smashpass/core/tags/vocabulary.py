"""All tag names of one library version, with their aliases and implications.

Aliases and implications are virtual. Images keep the tags they were given; the meaning of a tag is
resolved here, on sets, on every request. So a change can take effect, and be undone, at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from smashpass.core.tags.names import TagId, value_of
from smashpass.core.tags.nearest import Neighbourhood

_NO_TAGS: frozenset[TagId] = frozenset()
_BEHIND_ALL = "\U0010ffff"
"""The last code point: unprintable, so no name holds it."""
REMEMBERED_WORDS = 512


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Names, aliases and implications. Frozen; its caches consist of plain writes to dicts.

    Attributes:
        names: By tag id; ids start at 1, ``names[0]`` is "".
        aliases: Alias to canonical tag; the target is never an alias itself.
        implications: Canonical tag to the canonical tags that it implies directly; no circles.
        deprecated: Tags that new images should not get.
    """

    names: tuple[str, ...]
    aliases: Mapping[TagId, TagId] = field(default_factory=dict)
    implications: Mapping[TagId, frozenset[TagId]] = field(default_factory=dict)
    deprecated: frozenset[TagId] = _NO_TAGS
    _sources: dict[TagId, tuple[TagId, ...]] = field(default_factory=dict, repr=False)
    _effective: dict[TagId, frozenset[TagId]] = field(default_factory=dict, repr=False)
    _near: dict[str, list[tuple[str, int]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        names: Iterable[str],
        aliases: Mapping[str, str] | None = None,
        implications: Iterable[tuple[str, str]] = (),
    ) -> Vocabulary:
        """Make a vocabulary from names; those in ``aliases`` and ``implications`` are added."""
        pairs = [*(aliases or {}).items(), *implications]
        all_names = dict.fromkeys([*names, *(name for pair in pairs for name in pair)])
        ids = {name: TagId(number) for number, name in enumerate(all_names, 1)}
        implied: dict[TagId, set[TagId]] = {}
        for tag, other in pairs[len(aliases or {}) :]:
            implied.setdefault(ids[tag], set()).add(ids[other])
        return cls(
            names=("", *all_names),
            aliases={ids[alias]: ids[tag] for alias, tag in (aliases or {}).items()},
            implications={tag: frozenset(others) for tag, others in implied.items()},
        )

    def find(self, name: str) -> TagId | None:
        """Return the id of exactly this name (an alias's own id), or None."""
        return self._ids.get(name)

    def resolve(self, name: str) -> TagId | None:
        """Return the canonical tag with this name, or None."""
        tag = self._ids.get(name)
        return None if tag is None else self.aliases.get(tag, tag)

    def canonical(self, tag: TagId) -> TagId:
        """Return the tag that ``tag`` stands for: itself unless it is an alias."""
        return self.aliases.get(tag, tag)

    def implied(self, tag: TagId) -> frozenset[TagId]:
        """Return everything that the canonical ``tag`` implies, transitively, without itself."""
        return self._meaning(tag) - {tag}

    def effective(self, own_tags: Iterable[TagId]) -> frozenset[TagId]:
        """Return the canonical tags of an image with ``own_tags``, implied ones included."""
        if not self.aliases and not self.implications:
            return frozenset(own_tags)
        meanings_by_tag = self._effective
        meanings = [meanings_by_tag.get(tag) or self._meaning(tag) for tag in own_tags]
        return _NO_TAGS.union(*meanings)

    def sources(self, tag: TagId) -> tuple[TagId, ...]:
        """Return the raw tags whose images have the canonical ``tag``.

        These are the tag, its aliases, and all that imply it with their aliases; none if ``tag``
        is an alias.
        """
        raw_tags = self._sources.get(tag)
        if raw_tags is None:
            raw_tags = self._sources[tag] = self._find_sources(tag)
        return raw_tags

    def via(self, tag: TagId, own_tags: Iterable[TagId]) -> TagId | None:
        """Return the raw tag of ``own_tags`` that leads to ``tag``; None if ``tag`` is among them.

        Among several, the one with the smallest id, so that explanations can be replayed.
        """
        carried = set(own_tags)
        if tag in carried:
            return None
        return min((raw for raw in carried if tag in self._meaning(raw)), default=None)

    def matching(self, prefix: str) -> tuple[TagId, ...]:
        """Return the canonical tags with a name or alias that begins with ``prefix``, ascending.

        Cost: two binary searches and the matches.
        """
        names, ids = self._sorted, self._ids
        first = bisect_left(names, prefix)
        last = bisect_left(names, prefix + _BEHIND_ALL, first)
        tags = {ids[name] for name in names[first:last]}
        return tuple(sorted({self.aliases.get(tag, tag) for tag in tags}))

    def nearest(self, word: str, limit: int = 3) -> list[str]:
        """Return up to ``limit`` names of tags near ``word`` in spelling, nearest first.

        A tag with a namespace is found by its value too. Cost: below 50 ms at 100,000 tags; the
        first call of a vocabulary groups the names, which takes twice as long.
        """
        return [name for name, _ in self.near(word)][:limit]

    def near(self, word: str) -> list[tuple[str, int]]:
        """Return all names near ``word`` with their edit distances, as for ``nearest``.

        The last words are remembered: whoever edits rules asks for the same ones at each key.
        """
        known = self._near.get(word)
        if known is None:
            if len(self._near) >= REMEMBERED_WORDS:
                self._near.clear()
            known = self._near[word] = self._neighbourhood.near(word)
        return [*known]

    def at_smallest_distance(self, word: str) -> list[str]:
        """Return every name at the smallest distance from ``word``; none if nothing is near."""
        near = self.near(word)
        return [name for name, distance in near if distance == near[0][1]]

    @cached_property
    def _ids(self) -> dict[str, TagId]:
        return {name: TagId(tag) for tag, name in enumerate(self.names) if name}

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._ids)

    @cached_property
    def _neighbourhood(self) -> Neighbourhood:
        names = self.names[1:]
        values = [(value_of(name), name) for name in names if ":" in name]
        spellings = [(name, name) for name in names if name]
        return Neighbourhood(spellings + [pair for pair in values if pair[0] != pair[1]])

    @cached_property
    def _implied_by(self) -> dict[TagId, set[TagId]]:
        turned: dict[TagId, set[TagId]] = {}
        for tag, others in self.implications.items():
            for other in others:
                turned.setdefault(other, set()).add(tag)
        return turned

    @cached_property
    def _aliases_of(self) -> dict[TagId, list[TagId]]:
        turned: dict[TagId, list[TagId]] = {}
        for alias, tag in self.aliases.items():
            turned.setdefault(tag, []).append(alias)
        return turned

    def _meaning(self, tag: TagId) -> frozenset[TagId]:
        """Return the canonical tag of ``tag`` and all it implies."""
        meaning = self._effective.get(tag)
        if meaning is None:
            reached = {self.aliases.get(tag, tag)}
            waiting = list(reached)
            while waiting:
                new = self.implications.get(waiting.pop(), _NO_TAGS) - reached
                reached |= new
                waiting += new
            meaning = self._effective[tag] = frozenset(reached)
        return meaning

    def _find_sources(self, tag: TagId) -> tuple[TagId, ...]:
        if tag in self.aliases:
            return ()
        reached = {tag}
        waiting = [tag]
        while waiting:
            new = self._implied_by.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        return tuple(
            sorted(reached.union(*(self._aliases_of.get(member, ()) for member in reached)))
        )
