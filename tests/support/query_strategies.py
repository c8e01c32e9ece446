"""Random query texts, and random bound queries over few atoms."""

from __future__ import annotations

from hypothesis import strategies as st

from smashpass.core.query import bound as b
from smashpass.core.query import syntax as s
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from tests.support.builders import ALIASES, TAGS

WORDS = (
    *TAGS,
    *ALIASES,
    "blonde hair",
    "blonde hair long",
    "hair",
    "Beard Full",
    "no_such_tag",
    "~bread",
    "~hair:block",
)
OTHERS = (
    "hair:*",
    "b*",
    "gl*",
    "zz*",
    "hair:any",
    "hair:none",
    "eyes:none",
    '"hair:blonde"',
    '"blonde hair long"',
    "width:>=512",
    "width:512",
    "height:<1000",
    "score:-0.5..0.25",
    "score:0..",
    "plugin.fun:>0.25",
    "plugin.fun:-0.5..0.25",
    "tagcount:<3",
    "added:..2023-11-15",
    "added:2023-11-16..",
    "licence:CC0-1.0",
    "licence:cc-by-4.0",
    "source:demo",
    'source:"Other Set"',
    "my:smashed",
    "my:passed",
    "my:unseen",
)
LEAVES = st.sampled_from(WORDS) | st.sampled_from(OTHERS)


def _longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=2, max_size=3)
    return (
        several.map(" ".join)
        | several.map(" AND ".join)
        | several.map(" OR ".join)
        | inner.map(lambda text: f"({text})")
        | inner.map(lambda text: f"-({text})")
        | inner.map(lambda text: f"NOT {text}")
    )


TEXTS = st.recursive(LEAVES, _longer, max_leaves=8)

VOCABULARY = Vocabulary.of([f"t{number}" for number in range(1, 9)])


def queries(atoms: int) -> st.SearchStrategy[b.Query]:
    """Bound queries over so many atoms, some of them sets of tags that overlap."""
    numbers = range(1, max(2, atoms))
    tags = st.frozensets(st.sampled_from(numbers).map(TagId), min_size=1, max_size=3)
    leaves = (
        st.sampled_from(numbers).map(lambda tag: b.AnyTag(frozenset({TagId(tag)})))
        | tags.map(b.AnyTag)
        | st.just(s.Range("image.width", 512.0, None))
        | st.sampled_from([b.All(), b.Nothing()])
    )
    return st.recursive(
        leaves,
        lambda inner: (
            inner.map(b.Not)
            | st.lists(inner, max_size=3).map(lambda items: b.And(tuple(items)))
            | st.lists(inner, max_size=3).map(lambda items: b.Or(tuple(items)))
        ),
        max_leaves=10,
    )
