"""Tag suggestions for editors: recently used, co-occurring, most common."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from smashpass.core.explore.related import related
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.operations.changelog import Change, TagEdits
from smashpass.core.tags.names import TagId, namespace_of

RECENT_EDITS = 20
RECENT_US = 3_600 * 1_000_000
"""How long an edit counts as lately: an hour, in microseconds."""
EACH = 6
"""Tags of each kind."""
COMMONEST = 1_000
SAMPLE = 100
ENOUGH = 50
"""Images with the same tags that are enough to tell what else goes with them, in a large library;
in a small one, a hundredth of the images is."""
FEWEST = 4
FEW_VALUES = 0.05
"""Share of images with several values below which a namespace takes one value."""
ENOUGH_TAGGED = 10
"""Images with a tag that are enough to tell whether its namespace takes one value."""


@dataclass(frozen=True, slots=True)
class TagSuggestions:
    """Tags to be given with one key or click."""

    recent: tuple[str, ...]
    together: tuple[str, ...]
    frequent: tuple[str, ...]


def suggest(
    index: Index, own_tags: Collection[TagId], edits: Iterable[Change], ranked: Sequence[TagId]
) -> TagSuggestions:
    """Return tags that an image with the raw tags ``own_tags`` may want; none that it has already.

    Args:
        index: The library.
        own_tags: The image's own tags.
        edits: The editor's last edits of tags, newest first, whole.
        ranked: All canonical tags, the commonest first.
    """
    vocabulary = index.vocabulary
    effective = vocabulary.effective(own_tags)
    filled = _filled(index, own_tags)

    def choose(tags: Iterable[TagId], without: Collection[TagId] = ()) -> list[TagId]:
        canonical = dict.fromkeys(vocabulary.canonical(tag) for tag in tags)
        free = (
            tag for tag in canonical if tag not in effective and tag not in vocabulary.deprecated
        )
        open_tags = (tag for tag in free if namespace_of(vocabulary.names[tag]) not in filled)
        return [*islice((tag for tag in open_tags if tag not in without), EACH)]

    recent = choose(_used(edits))
    together = choose(_together(index, effective, ranked), recent)
    frequent = choose(ranked[:COMMONEST], {*recent, *together})
    suggestions = [
        tuple(vocabulary.names[tag] for tag in tags) for tags in (recent, together, frequent)
    ]
    return TagSuggestions(*suggestions)


def _filled(index: Index, own_tags: Collection[TagId]) -> set[str]:
    """Return the namespaces that take one value, and of which an image has one.

    The vocabulary does not say which these are, but the library does: of up to ``SAMPLE`` images
    that carry the same tag, spread evenly, few carry another one of its namespace.
    """
    vocabulary = index.vocabulary
    filled = set()
    for tag in {vocabulary.canonical(raw) for raw in own_tags}:
        namespace = namespace_of(vocabulary.names[tag])
        if not namespace or namespace in filled:
            continue
        having = index.having(tag)
        if len(having) < ENOUGH_TAGGED:
            continue
        count = min(len(having), SAMPLE)
        sampled = [Ordinal(having[place * len(having) // count]) for place in range(count)]
        several = sum(_values(index, image, namespace) > 1 for image in sampled)
        if several < FEW_VALUES * count:
            filled.add(namespace)
    return filled


def _values(index: Index, image: Ordinal, namespace: str) -> int:
    """Count the tags of a namespace that an image carries, without those that another implies."""
    vocabulary = index.vocabulary
    tags = {vocabulary.canonical(raw) for raw in index.own_tags(image)}
    tags = {tag for tag in tags if namespace_of(vocabulary.names[tag]) == namespace}
    implied = {other for tag in tags for other in vocabulary.effective([tag]) if other != tag}
    return len(tags - implied)


def _used(edits: Iterable[Change]) -> Iterable[TagId]:
    """Yield the tags that edits gave, newest first."""
    for change in edits:
        body = change.body()
        if isinstance(body, TagEdits):
            yield from (edit.tag for edit in body.edits if edit.added)


def _together(
    index: Index, effective: Collection[TagId], ranked: Sequence[TagId]
) -> Iterable[TagId]:
    """Yield the tags that go best with those of an image.

    Cost: one intersection for each of some 1,000 tags, 30 ms at 2,000,000 images.
    """
    images = _alike(index, effective)
    if not images:
        return
    candidates = {raw for image in islice(images, SAMPLE) for raw in index.own_tags(Ordinal(image))}
    among = {*ranked[:COMMONEST], *index.vocabulary.effective(candidates)} - {*effective}
    for row in related(images, index, 2 * EACH, among=among - {*index.vocabulary.aliases}):
        yield row.tag


def _alike(index: Index, effective: Collection[TagId]) -> ImageSet | None:
    """Return the images with as many of an image's tags as enough others have, rare ones first."""
    enough = min(ENOUGH, max(FEWEST, len(index.live) // 100))
    images = None
    for tag in sorted(effective, key=index.count):
        having = index.having(tag)
        combined = having if images is None else images & having
        if len(combined) >= enough:
            images = combined
    return images
