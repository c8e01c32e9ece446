"""An index after changes says the same as one that was built anew."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from smashpass.core.imageset import EMPTY, ImageSet, Ordinal
from smashpass.core.library.delta import IndexChanges
from smashpass.core.library.stored import StoredImage
from tests.support.builders import ALIASES, TAGS, Image, Library, a_library, images, libraries
from tests.unit.core.test_index import assert_agrees

NAMES = TAGS + ALIASES
SOME = st.sets(st.integers(1, 45) | st.sampled_from([65_536, 131_099, 200_000]), max_size=12)


def stored(library: Library, ordinal: int, image: Image) -> StoredImage:
    return StoredImage(
        Ordinal(ordinal),
        library.ids(image.tags),
        dict(image.attributes),
        image.licence,
        image.source,
        image.live,
    )


class ChangedLibrary(RuleBasedStateMachine):
    """Edits a plain library and an index side by side."""

    @initialize(library=libraries(max_images=10))
    def start(self, library):
        self.library = library
        self.index = library.index

    def change(self, plain: dict[int, Image], **changes) -> None:
        before = self.index
        live = set(before.live)
        self.index = before.with_changes(IndexChanges(**changes), before.version + 1)
        assert set(before.live) == live
        self.library = replace(self.library, images=plain)

    @rule(arriving=st.dictionaries(st.integers(1, 45) | st.just(200_000), images(), max_size=4))
    def images_arrive_or_are_replaced(self, arriving):
        rows = [stored(self.library, ordinal, image) for ordinal, image in arriving.items()]
        self.change({**self.library.images, **arriving}, images=rows)

    @rule(name=st.sampled_from(NAMES), gained=SOME, lost=SOME)
    def a_tag_is_given_and_taken(self, name, gained, lost):
        tag = self.library.id(name)
        plain = dict(self.library.images)
        for ordinal, image in plain.items():
            if ordinal in gained:
                image = replace(image, tags=image.tags | {name})
            if ordinal in lost:
                image = replace(image, tags=image.tags - {name})
            plain[ordinal] = image
        self.change(plain, tagged={tag: ImageSet(gained)}, untagged={tag: ImageSet(lost)})

    @rule(hidden=SOME, restored=SOME)
    def images_go_out_of_sight_and_come_back(self, hidden, restored):
        plain = {
            ordinal: replace(
                image, live=(image.live and ordinal not in hidden) or ordinal in restored
            )
            for ordinal, image in self.library.images.items()
        }
        self.change(plain, hidden=ImageSet(hidden), restored=ImageSet(restored))

    @rule(
        name=st.sampled_from(["image.score", "image.smash_rate"]),
        values=st.dictionaries(st.integers(1, 45), st.none() | st.floats(0, 1), max_size=5),
    )
    def numbers_change(self, name, values):
        plain = dict(self.library.images)
        for ordinal in values.keys() & plain.keys():
            numbers = {**plain[ordinal].attributes, name: values[ordinal]}
            numbers = {key: number for key, number in numbers.items() if number is not None}
            plain[ordinal] = replace(plain[ordinal], attributes=numbers)
        self.change(plain, attributes={name: values})

    @rule(alias=st.sampled_from(ALIASES), tag=st.sampled_from(TAGS))
    def a_word_becomes_an_alias(self, alias, tag):
        aliases = {**self.library.aliases, alias: tag}
        self.library = replace(self.library, aliases=aliases)
        self.change(dict(self.library.images), vocabulary=self.library.vocabulary)

    @invariant()
    def the_index_says_the_same(self):
        if hasattr(self, "index"):
            assert_agrees(self.library, self.index)


TestChangedLibrary = ChangedLibrary.TestCase
TestChangedLibrary.settings = settings(stateful_step_count=12)


@given(libraries(), SOME, SOME)
def test_a_change_may_be_applied_twice(library, gained, lost):
    changes = IndexChanges(
        images=[stored(library, o, image) for o, image in list(library.images.items())[:3]],
        tagged={library.id("beard"): ImageSet(gained)},
        untagged={library.id("hat"): ImageSet(lost)},
        hidden=ImageSet(lost),
    )

    once = library.index.with_changes(changes, 2)
    twice = once.with_changes(changes, 2)

    assert twice.live == once.live
    for ordinal in library.images:
        assert twice.own_tags(Ordinal(ordinal)) == once.own_tags(Ordinal(ordinal))
    for name in NAMES:
        assert twice.having(library.id(name)) == once.having(library.id(name))


def test_unchanged_parts_are_shared():
    library = a_library(beard=range(1, 100), hat=[2])
    before = library.index

    after = before.with_changes(IndexChanges(tagged={library.id("hat"): ImageSet([5])}), 2)

    assert after.version == 2
    beard = library.id("beard")
    assert after.parts.postings[beard] is before.parts.postings[beard]


def test_a_tag_given_to_images_that_do_not_exist_is_given_to_none():
    library = a_library(beard=[1])

    after = library.index.with_changes(
        IndexChanges(tagged={library.id("beard"): ImageSet([1, 7])}, restored=ImageSet([8])), 2
    )

    assert set(after.having(library.id("beard"))) == {1}
    assert set(after.live) == {1}
    assert after.parts.hidden == EMPTY
