"""The vocabulary: completion and nearest spellings at 100,000 tags; edits of the commonest tag."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random
from statistics import quantiles

from bench import spellings
from bench.report import Row, at_most
from bench.site import Site
from smashpass.core.explore.completion import completer
from smashpass.core.imageset import Ordinal
from smashpass.core.library.builder import IndexBuilder
from smashpass.core.library.delta import IndexChanges
from smashpass.core.library.index import Index
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.vocabulary.apply import Plan
from smashpass.services.vocabulary.edited import edited
from smashpass.services.vocabulary.plans import plan_alias, plan_implication, plan_rename
from smashpass.services.vocabulary.preview import impact_of

TAGS = 100_000
COMPLETED_S, NEAREST_S = 5e-3, 50e-3
DRY_RUN_S, EFFECTIVE_S = 0.1, 1.0

_SYLLABLES = [
    "ba",
    "ne",
    "ti",
    "lo",
    "gu",
    "sha",
    "ren",
    "mi",
    "kor",
    "du",
    "fe",
    "pa",
    "zo",
    "ly",
    "ar",
    "en",
]
_SPACES = ("hair", "eyes", "style", "kind")
_IMAGES = 50_000


def measure(site: Site) -> Iterator[Row]:
    """Measure completion on a vocabulary of its own, and edits on the library."""
    yield from _completion(site)
    yield from spellings.measure(site)
    yield from _edits(site)


def _completion(site: Site) -> Iterator[Row]:
    tags = site.times(TAGS, TAGS // 10)
    site.say(f"completing among {tags:,} tags")
    rng = Random(site.seed)
    index = _index(rng, tags, site.times(_IMAGES, _IMAGES))
    start = time.perf_counter()
    proposes = completer(index)
    yield Row(f"{tags:,} tags sorted for completion", 0, time.perf_counter() - start)
    names = rng.sample(index.vocabulary.names[1:], site.times(1_000, 1_000))
    proposes.complete("zzzzzzzz", 10)  # the letters of all names are read once
    took = []
    for name in names:
        words = name.replace(":", "_").split("_")
        rng.shuffle(words)
        for typed in (name[: rng.randint(1, len(name))], " ".join(words)):
            took.append(_took(lambda typed=typed: proposes.complete(typed, 10)))  # type: ignore[misc]
    cuts = quantiles(took, n=100, method="inclusive")
    yield Row(f"completion among {tags:,} tags, median", 0, cuts[49])
    yield at_most(f"completion among {tags:,} tags, p99", 0, cuts[98], COMPLETED_S)
    slips = [name[:3] + "q" + name[3:] for name in names[:100]]
    for name in names[:100]:  # the names of each length are read once; answers are remembered
        proposes.complete(name[:3] + "x" + name[3:], 10)
    worst = max(_took(lambda slip=slip: proposes.complete(slip, 10)) for slip in slips)  # type: ignore[misc]
    yield at_most(f"nearest spelling among {tags:,} tags, worst of 100", 0, worst, NEAREST_S)


def _index(rng: Random, tags: int, images: int) -> Index:
    """Make a library of some images with many names, a fifth of them aliases."""
    words = [
        "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(1, 3))) for _ in range(6_000)
    ]
    names: dict[str, None] = {}
    while len(names) < tags:
        name = "_".join(rng.choice(words) for _ in range(rng.randint(1, 3)))
        names[f"{rng.choice(_SPACES)}:{name}" if rng.random() < 0.3 else name] = None
    all_names = list(names)
    first_alias = tags * 4 // 5
    aliases = {name: all_names[rng.randrange(first_alias)] for name in all_names[first_alias:]}
    builder = IndexBuilder()
    for ordinal in range(1, images + 1):
        tag_ids = {TagId(1 + int((tags - 1) * rng.random() ** 3)) for _ in range(12)}
        builder.add(Ordinal(ordinal), sorted(tag_ids), {})
    return builder.build(1, Vocabulary.of(all_names, aliases))


def _edits(site: Site) -> Iterator[Row]:
    """Plan, tell the impact of, make and undo edits of the commonest tag."""
    index = site.index()
    words = index.vocabulary
    commonest = words.names[completer(index).most_common(1)[0]]
    plans: dict[str, Plan] = {
        "alias": lambda now: plan_alias(now, commonest, "a_new_name"),
        "implication": lambda now: plan_implication(now, commonest, "beard"),
        "rename": lambda now: plan_rename(now, commonest, "a_new_name"),
    }
    for name, plan in plans.items():
        dry_run_s = _took(lambda plan=plan: impact_of(index, plan(words), ()))  # type: ignore[misc]
        title = f"{name} of the commonest tag"
        limit = DRY_RUN_S * site.growth
        yield at_most(f"{title}: dry run", site.size, dry_run_s, limit, judged=site.judged)
        after = edited(words, plan(words))
        for effect, vocabulary in (("effective in a process", after), ("undone", words)):
            counted = _took(lambda vocabulary=vocabulary: _effective(index, vocabulary))  # type: ignore[misc]
            yield at_most(f"{title}: {effect}", site.size, counted, EFFECTIVE_S, judged=site.judged)


def _effective(index: Index, vocabulary: Vocabulary) -> int:
    """Take the words into the index and count every tag that they lead to."""
    changed = index.with_changes(IndexChanges(vocabulary=vocabulary), index.version + 1)
    return sum(changed.count(TagId(tag)) for tag in range(1, min(200, len(vocabulary.names))))


def _took(operation: Callable[[], object]) -> float:
    start = time.perf_counter()
    operation()
    return time.perf_counter() - start
