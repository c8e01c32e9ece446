"""Which images may not be shown for their tags: terms of under age, and tags an operator denies.

Judged on names and on image sets of one library version, so an edit of any kind (of tags, aliases,
implications) takes effect with the version that it makes, and nothing has to be rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from smashpass.core.imageset import EMPTY, ImageSet, Ordinal, union
from smashpass.core.library.index import Index
from smashpass.core.protection.under_age import Severity, UnderAgeTerms
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary

Cleared = Mapping[TagId, ImageSet]
"""By tag under review: the images of which two people said that nobody under age is shown."""


@dataclass(frozen=True, slots=True)
class ScreenedTags:
    """Tags of one vocabulary that keep images from being shown.

    Attributes:
        refuse: Raw tags that say under age, by their own name or what they stand for or imply.
        review: By tag whose name has another meaning too: the raw tags that lead to it.
        denied: Raw tags that the operator denies, with all other names and what implies them.
    """

    refuse: frozenset[TagId] = frozenset()
    review: Mapping[TagId, frozenset[TagId]] = field(default_factory=dict)
    denied: frozenset[TagId] = frozenset()


@dataclass(frozen=True, slots=True)
class Withheld:
    """Images of one library version that are stored as live and may not be shown.

    Attributes:
        under_age: By their tags under age.
        unreviewed: With a tag that two people have to look at first.
        denied: With a tag that the operator denies.
    """

    under_age: ImageSet = EMPTY
    unreviewed: ImageSet = EMPTY
    denied: ImageSet = EMPTY

    @property
    def images(self) -> ImageSet:
        """All withheld images."""
        return self.under_age | self.unreviewed | self.denied

    def reason(self, image: Ordinal) -> str:
        """Return why an image is withheld, "" if it is not."""
        if image in self.under_age:
            return "one says that somebody under age is shown"
        if image in self.unreviewed:
            return "one may say that somebody under age is shown"
        return "one is denied by SMASHPASS_DENY_TAGS" if image in self.denied else ""


NOTHING_WITHHELD = Withheld()


class NameScreen:
    """Judges the tag names of records that are not in the library yet."""

    def __init__(
        self,
        severity: Callable[[str], Severity | None],
        flagged: Mapping[str, Severity],
        denied: frozenset[str],
        terms: UnderAgeTerms,
    ) -> None:
        """Keep the severity by name, names that the library's vocabulary flags, denied names."""
        self._severity = severity
        self._flagged = flagged
        self.denied = denied
        self.terms = terms

    def severity(self, name: str) -> Severity | None:
        """Return what follows from a canonical name, as the library understands it."""
        return self._flagged.get(name) or self._severity(name)


class Screening:
    """The policy of an installation. Thread-safe: its cache consists of writes to a dict."""

    def __init__(self, terms: UnderAgeTerms, denied: Iterable[str] = ()) -> None:
        """Keep the terms, and the canonical names of denied tags."""
        self.terms = terms
        self.denied = frozenset(denied)
        self._severities: dict[str, Severity | None] = {}
        self._latest: tuple[Vocabulary, ScreenedTags] | None = None

    def severity(self, name: str) -> Severity | None:
        """Return what follows from a canonical tag name alone, remembered."""
        if name not in self._severities:
            self._severities[name] = self.terms.severity(name)
        return self._severities[name]

    def tags(self, vocabulary: Vocabulary) -> ScreenedTags:
        """Return the tags of a vocabulary that keep images from being shown.

        An alias that says under age makes its tag refused, since the tag has that name. One that
        has another meaning too does not: only images that carry the alias itself are reviewed.
        Cost: one look at each name: 0.5 s for 100,000 new ones, 0.1 s for remembered ones; the
        last vocabulary is remembered as a whole.
        """
        latest = self._latest
        if latest is None or latest[0] is not vocabulary:
            latest = self._latest = (vocabulary, self._screened(vocabulary))
        return latest[1]

    def _screened(self, vocabulary: Vocabulary) -> ScreenedTags:
        called_refused: set[TagId] = set()
        review: dict[TagId, frozenset[TagId]] = {}
        for number, name in enumerate(vocabulary.names):
            severity = self.severity(name) if name else None
            if severity is None:
                continue
            tag = TagId(number)
            if severity == "refuse":
                called_refused.add(vocabulary.canonical(tag))
            else:
                review[tag] = frozenset({tag, *vocabulary.sources(tag)})
        resolved = {vocabulary.resolve(name) for name in self.denied} - {None}
        return ScreenedTags(
            refuse=_leading_to(vocabulary, called_refused),
            review=review,
            denied=_leading_to(vocabulary, (tag for tag in resolved if tag is not None)),
        )

    def names(self, vocabulary: Vocabulary | None) -> NameScreen:
        """Return what judges names of records: by name, and by what the vocabulary makes of them.

        Args:
            vocabulary: The words of the library; None if there is none yet.
        """
        flagged: dict[str, Severity] = {}
        denied = set(self.denied)
        if vocabulary is not None:
            screened = self.tags(vocabulary)
            flagged = {
                vocabulary.names[raw]: "review"
                for sources in screened.review.values()
                for raw in sources
            }
            flagged |= {vocabulary.names[raw]: "refuse" for raw in screened.refuse}
            denied.update(vocabulary.names[raw] for raw in screened.denied)
        return NameScreen(self.severity, flagged, frozenset(denied), self.terms)

    def withheld(self, index: Index, cleared: Cleared) -> Withheld:
        """Return the images of an index that may not be shown.

        Cost: that of ``tags``, and one union of the postings of flagged tags.
        """
        screened = self.tags(index.vocabulary)
        postings, live = index.parts.postings, index.live

        def carrying(raw_tags: Iterable[TagId]) -> ImageSet:
            return union([postings[raw] for raw in raw_tags if raw in postings]) & live

        return Withheld(
            under_age=carrying(screened.refuse),
            unreviewed=union([
                carrying(raw_tags) - cleared.get(tag, EMPTY)
                for tag, raw_tags in screened.review.items()
            ]),
            denied=carrying(screened.denied),
        )  # fmt: skip

    def reviewed_tags(self, vocabulary: Vocabulary, own_tags: Iterable[TagId]) -> frozenset[TagId]:
        """Return the tags for which an image that carries ``own_tags`` must be reviewed."""
        carried = frozenset(own_tags)
        review = self.tags(vocabulary).review
        return frozenset(tag for tag, raw_tags in review.items() if raw_tags & carried)


def without(index: Index, images: ImageSet) -> Index:
    """Return an index in which ``images`` are hidden; the same one if there are none."""
    if not images:
        return index
    parts = index.parts
    hidden = replace(parts, live=parts.live - images, hidden=parts.hidden | images)
    return Index(index.version, hidden, index.day, index.scores)


def reasons(
    screening: Screening, index: Index, images: ImageSet
) -> Mapping[str, tuple[Ordinal, ...]]:
    """Return images with under-age tags by the reason in words; each image once, worst first."""
    screened = screening.tags(index.vocabulary)
    names = index.vocabulary.names
    by_reason: dict[str, tuple[Ordinal, ...]] = {}
    left = images
    tags: list[tuple[TagId, str]] = [
        *((raw, "says that somebody under age is shown") for raw in sorted(screened.refuse)),
        *(
            (raw, "may say that somebody under age is shown")
            for raw_tags in screened.review.values()
            for raw in sorted(raw_tags)
        ),
    ]
    for raw, words in tags:
        carrying = index.parts.postings.get(raw, EMPTY) & left
        if carrying:
            by_reason[f"its tag {names[raw]!a} {words}"] = tuple(map(Ordinal, carrying))
            left = left - carrying
    return by_reason


def _leading_to(vocabulary: Vocabulary, tags: Iterable[TagId]) -> frozenset[TagId]:
    return frozenset().union(*(vocabulary.sources(vocabulary.canonical(tag)) for tag in tags))
