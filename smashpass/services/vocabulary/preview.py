"""What an edit of the vocabulary would do to the library, exactly, before it is made.

No image is rewritten by such an edit, so its effect is the difference of image sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from smashpass.core.imageset import EMPTY, ImageSet, union
from smashpass.core.library.delta import IndexChanges
from smashpass.core.library.index import Index
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.core.rules.compile.algebra import partition
from smashpass.core.rules.tree import Leaf, Tree, leaves
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.vocabulary.edited import edited


@dataclass(frozen=True, slots=True)
class VocabularyImpact:
    """What an edit would do to the library, exactly.

    Attributes:
        images: Images whose tags would change.
        added: Tags that images would gain, counted once for each image.
        removed: Tags that images would lose, counted once for each image.
        verdicts: Images whose verdict would flip in at least one active tree.
    """

    images: int
    added: int
    removed: int
    verdicts: int

    def as_json(self) -> dict[str, int]:
        """The impact as dry runs print it."""
        return {
            "images": self.images,
            "added": self.added,
            "removed": self.removed,
            "verdicts": self.verdicts,
        }


def impact_of(index: Index, edit: VocabularyPlan, trees: Sequence[Tree]) -> VocabularyImpact:
    """Return what ``edit`` would do, exactly, without doing it.

    Cost: set algebra over the tags touched, and two decisions of the whole library a tree.
    """
    before = index.vocabulary
    after = edited(before, edit)
    changed = index.with_changes(IndexChanges(vocabulary=after), index.version)
    touched, gained, lost = EMPTY, 0, 0
    for tag in _touched(before, after, edit):
        had = index.having(tag) if _canonical(before, tag) else EMPTY
        has = changed.having(tag) if _canonical(after, tag) else EMPTY
        gained += len(has - had)
        lost += len(had - has)
        touched = touched | (has ^ had)
    turned = union(turned_by(tree, index, changed) for tree in trees)
    return VocabularyImpact(len(touched), gained, lost, len(turned))


def _canonical(vocabulary: Vocabulary, tag: TagId) -> bool:
    """Whether ``tag`` is known and no alias."""
    return tag < len(vocabulary.names) and tag not in vocabulary.aliases


def _touched(before: Vocabulary, after: Vocabulary, edit: VocabularyPlan) -> Iterable[TagId]:
    """Return every tag whose images may differ: the ends of all pairs and what they imply."""
    pairs = (*edit.aliased, *edit.unaliased, *edit.implied, *edit.unimplied)
    touched: set[TagId] = set()
    for name in {name for pair in pairs for name in pair}:
        for vocabulary in (before, after):
            tag = vocabulary.find(name)
            if tag is not None:
                canonical = vocabulary.canonical(tag)
                touched |= {tag, canonical, *vocabulary.implied(canonical)}
    return sorted(touched)


def turned_by(tree: Tree, before: Index, after: Index) -> ImageSet:
    """Return the images whose verdict by ``tree`` differs; undecided and drawn ones left out."""
    to_smash, to_pass = flips_by(tree, before, after)
    return to_smash | to_pass


def flips_by(
    tree: Tree, before: Index, after: Index, among: ImageSet | None = None
) -> tuple[ImageSet, ImageSet]:
    """Return the images whose verdict by ``tree`` becomes smash, and those where it becomes pass.

    Undecided and drawn ones are left out; ``among`` are the images to decide, all by default.
    """
    old, new = _verdicts(tree, before, among), _verdicts(tree, after, among)
    return old["pass"] & new["smash"], old["smash"] & new["pass"]


def _verdicts(tree: Tree, index: Index, among: ImageSet | None) -> dict[str, ImageSet]:
    """Return the images of each verdict that the library alone decides."""
    decided = partition(tree, index, among=among).leaves
    sets: dict[str, ImageSet] = {"smash": EMPTY, "pass": EMPTY}
    for leaf in leaves(tree.root):
        if isinstance(leaf, Leaf):
            sets[leaf.verdict] = sets[leaf.verdict] | decided.get(leaf.id, EMPTY)
    return sets
