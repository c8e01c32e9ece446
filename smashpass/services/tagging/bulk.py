"""Bulk edits: tags of many images, by query or chosen, in parts, as changes that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from smashpass.core.errors import BadInput
from smashpass.core.explore.related import Related, related
from smashpass.core.imageset import EMPTY, ImageSet, Ordinal, union
from smashpass.core.library.delta import IndexChanges
from smashpass.core.library.index import Index
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.core.operations.job import Job
from smashpass.core.query.evaluate import images
from smashpass.core.query.phrases import Finder
from smashpass.core.rules.tree import Tree
from smashpass.core.tags.lookalikes import new_name_warnings
from smashpass.core.tags.names import TagId, normalise
from smashpass.core.text.reasons import read_reason
from smashpass.services.ports.library import LibraryStore
from smashpass.services.ports.operations import AuditTrail, JobQueue
from smashpass.services.search.search import matching, read_query
from smashpass.services.vocabulary.edited import edited
from smashpass.services.vocabulary.preview import flips_by

KIND = "bulk_tags"
PART = 250_000
"""Images that are edited in one entry of the log; others wait up to some seconds for it."""
COMMONEST = 2_000
COMMONEST_TELLING = 500
SAMPLE = 200
MOST_CHOSEN = 1_000
"""Images that can be chosen one by one; more are named by a query."""


@dataclass(frozen=True, slots=True)
class TreeFlips:
    """The images whose verdict an edit flips in one tree; the sets are disjoint."""

    tree: Tree
    to_smash: ImageSet
    to_pass: ImageSet


@dataclass(frozen=True, slots=True)
class BulkEffect:
    """What a bulk edit would do, exactly.

    Attributes:
        matched: The images that the query matches, or that were chosen.
        changed: Those whose tags would change.
        added: How often a tag would be given.
        removed: How often a tag would be taken.
        flips: The trees in which at least one verdict flips, in their order.
        warnings: New tags that look like others.
    """

    matched: ImageSet
    changed: ImageSet
    added: int
    removed: int
    flips: tuple[TreeFlips, ...]
    warnings: tuple[str, ...] = ()

    @property
    def to_smash(self) -> ImageSet:
        """The images whose verdict would become smash in at least one tree."""
        return union(flips.to_smash for flips in self.flips)

    @property
    def to_pass(self) -> ImageSet:
        """The images whose verdict would become pass in at least one tree."""
        return union(flips.to_pass for flips in self.flips)

    @property
    def turned(self) -> ImageSet:
        """The images whose verdict would flip in at least one tree."""
        return self.to_smash | self.to_pass

    @property
    def fingerprint(self) -> str:
        """A text that differs whenever one of the figures differs."""
        figures = (len(self.matched), len(self.changed), len(self.to_smash), len(self.to_pass))
        return "-".join(map(str, (*figures, self.added, self.removed)))

    def as_json(self) -> dict[str, object]:
        """The numbers as the interface gives them, and ``warnings`` if there are any."""
        effect: dict[str, object] = {
            "images": len(self.matched),
            "added": self.added,
            "removed": self.removed,
            "verdicts": len(self.turned),
        }
        return effect | ({"warnings": [*self.warnings]} if self.warnings else {})

    def sample(self, most: int) -> list[Ordinal]:
        """Return up to ``most`` changed images whose verdicts stay, evenly spaced."""
        return evenly_spaced(self.changed - self.turned, most)


def preview(
    index: Index,
    query: str,
    add: Sequence[str],
    remove: Sequence[str],
    trees: Sequence[Tree],
    finder: Finder | None = None,
    chosen: Collection[Ordinal] | None = None,
) -> BulkEffect:
    """Return what giving and taking tags would do to images that match a query, or were chosen.

    Args:
        index: The library.
        query: Names the images, unless some were chosen.
        add: Tags to be added.
        remove: Tags to be removed.
        trees: Those whose verdicts are compared.
        finder: Proposes tags for words that name none.
        chosen: The images; None for those of the query.

    Raises:
        BadQuery: The query cannot be read.
        BadTag: A text is not a valid tag name.
        BadInput: Too many images were chosen.
    """
    matched = selected(index, query, finder, chosen)
    added_names, removed_names = [
        [*dict.fromkeys(map(normalise, names))] for names in (add, remove)
    ]
    new = tuple(name for name in added_names if index.vocabulary.find(name) is None)
    vocabulary = edited(index.vocabulary, VocabularyPlan(names=new)) if new else index.vocabulary
    ids = {name: vocabulary.find(name) for name in (*added_names, *removed_names)}
    tagged = {
        tag: matched - _carrying(index, tag)
        for name in added_names
        if (tag := ids[name]) is not None
    }
    untagged = {
        tag: matched & _carrying(index, tag)
        for name in removed_names
        if name not in added_names and (tag := ids[name]) is not None
    }
    changes = IndexChanges(tagged=tagged, untagged=untagged, vocabulary=vocabulary)
    after = index.with_changes(changes, index.version)
    changed = union([*tagged.values(), *untagged.values()])
    # Only what changes can flip, so that the rest of the library is not decided twice.
    flips = (TreeFlips(tree, *flips_by(tree, index, after, changed)) for tree in trees)
    return BulkEffect(
        matched,
        changed,
        sum(map(len, tagged.values())),
        sum(map(len, untagged.values())),
        tuple(row for row in flips if row.to_smash or row.to_pass),
        tuple(new_name_warnings(added_names, index.vocabulary)),
    )


def selected(
    index: Index, query: str, finder: Finder | None, chosen: Collection[Ordinal] | None
) -> ImageSet:
    """Return the live images that a query matches, or those of ``chosen`` if that is not None.

    Raises:
        BadQuery: The query cannot be read.
        BadInput: Too many images were chosen.
    """
    if chosen is None:
        return matching(read_query(query, index, finder), index)
    if len(chosen) > MOST_CHOSEN:
        raise BadInput(
            f"{len(chosen):,} images are selected, not up to {MOST_CHOSEN:,}",
            hint="select all images of a query instead",
        )
    return ImageSet(chosen) & index.live


def request(
    jobs: JobQueue,
    trail: AuditTrail,
    effect: BulkEffect,
    query: str,
    add: Sequence[str],
    remove: Sequence[str],
    *,
    by: str,
    origin: str,
    reason: str,
    chosen: Collection[Ordinal] | None = None,
) -> int:
    """Leave a bulk edit to the job process; return the number of the job.

    Args:
        jobs: Where it waits.
        trail: The audit trail.
        effect: What it would do now.
        query: Names the images.
        add: Tags to be added.
        remove: Tags to be removed.
        by: Who asks.
        origin: Through which door.
        reason: Why.
        chosen: The images; None for those of the query.

    Raises:
        BadInput: No tag is given, or the reason is empty.
    """
    if not add and not remove:
        raise BadInput("no tag is named", hint="name tags to add or remove")
    payload: dict[str, object] = {"query": query, "add": [*add], "remove": [*remove]}
    payload["reason"] = read_reason(reason)
    if chosen is not None:
        payload["chosen"] = [int(image) for image in effect.matched]
    number = jobs.enqueue(KIND, payload | {"by": by}, total=len(effect.matched))
    detail = payload | {"job": number, "images": len(effect.matched), "origin": origin}
    trail.append(by, AuditAction.IMAGE_BULK_TAG, query, detail)
    return number


def common_tags(
    index: Index, matched: ImageSet, ranked: Sequence[TagId], limit: int
) -> list[Related]:
    """Return the tags of which most of the matched images have one, with how many have it.

    Cost: one intersection for each of some 2,000 tags, 100 ms at 2,000,000 images.
    """
    names = index.vocabulary.names
    tags = _tags_of(index, matched, ranked[:COMMONEST])
    return sorted(tags, key=lambda row: (-row.both, names[row.tag]))[:limit]


def telling_tags(
    index: Index, matched: ImageSet, ranked: Sequence[TagId], limit: int
) -> list[Related]:
    """Return the tags by which matched images can be told apart, the most associated first.

    A tag of all of them tells nothing apart, so it is left out.

    Cost: one intersection for each of some 500 tags, 25 ms at 2,000,000 images.
    """
    tags = _tags_of(index, matched, ranked[:COMMONEST_TELLING])
    return [row for row in tags if row.both < len(matched)][:limit]


def _tags_of(index: Index, matched: ImageSet, common: Sequence[TagId]) -> list[Related]:
    """Return the association of matched images with common tags and with those of a sample."""
    if not matched:
        return []
    vocabulary = index.vocabulary
    sampled = evenly_spaced(matched, SAMPLE)
    sampled_tags = vocabulary.effective(raw for image in sampled for raw in index.own_tags(image))
    among = {*common, *sampled_tags} - {*vocabulary.aliases}
    return related(matched, index, len(among), among=among)


def do(
    job: Job,
    editor: LibraryStore,
    index: Index,
    progressed: Callable[[int], None],
    finder: Finder | None = None,
) -> int | None:
    """Do a bulk edit; doing it again changes nothing. Returns the number of its last log entry.

    It is done in parts, each an entry of its own, so that nobody else has to wait long, and a
    cancelled or broken job has done whole parts.
    """
    payload = job.payload
    if "chosen" in payload:
        matched = ImageSet(payload["chosen"]) & index.live
    else:
        matched = images(read_query(str(payload["query"]), index, finder), index)
    by, origin = str(payload["by"]), f"job {job.id}"
    added_names, removed_names = [
        [normalise(name) for name in payload[key]] for key in ("add", "remove")
    ]
    ids = editor.create_tags([*added_names, *removed_names], by=by, origin=origin)
    add = ids[: len(added_names)]
    remove = [tag for tag in ids[len(added_names) :] if tag not in add]
    last = None
    for start in range(0, len(matched), PART):
        part = matched[start : start + PART]
        change = editor.apply_tag_edit(
            part, add=add, remove=remove, by=by, origin=origin, reason=str(payload["reason"])
        )
        last = last if change is None else change.seq
        progressed(min(start + PART, len(matched)))
    return last


def evenly_spaced(among: ImageSet, most: int) -> list[Ordinal]:
    """Return up to ``most`` images at equal distances."""
    count = len(among)
    places = range(count) if count <= most else (place_ * count // most for place_ in range(most))
    return [Ordinal(among[place]) for place in places]


def _carrying(index: Index, tag: TagId) -> ImageSet:
    """Return the live images that carry the tag itself, not one that implies it."""
    return index.parts.postings.get(tag, EMPTY) & index.live
