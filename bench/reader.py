"""One process that loads an index and answers 1,000 queries: python -m bench.reader PLACE.

PLACE is the home of an installation, which is opened as a server opens it, or a snapshot file.
Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from bench.cases import COUNTS, DECK_SIZE
from bench.library import FACET_NAMES, OTHER_NAMES, TAIL_NAMES
from bench.processes import peak_rss
from smashpass.core.decks.dealing import deal
from smashpass.core.decks.order import Permutation
from smashpass.core.imageset import EMPTY
from smashpass.core.library.index import Index
from smashpass.core.query.evaluate import count, images
from smashpass.services.search.search import count_matches, read_query

QUERIES = 1_000

_RANGES = ("width:>=768", "score:0.2..0.8", "height:<1000", "tagcount:15", "hat:*", "hat:none")


def query_texts(number: int, seed: int, tail: Sequence[str] = TAIL_NAMES) -> list[str]:
    """Return queries of one to four terms: facets, common and rare tags, ranges, exclusions."""
    rng = Random(seed)
    texts = []
    for _ in range(number):
        terms = rng.sample(FACET_NAMES + OTHER_NAMES, rng.randint(1, 2))
        if rng.random() < 0.5:
            terms.append(rng.choice(tail))
        if rng.random() < 0.3:
            terms.append(rng.choice(_RANGES))
        if rng.random() < 0.3:
            terms.append("NOT " + rng.choice(OTHER_NAMES))
        texts.append(rng.choice((" AND ", " AND ", " OR ")).join(terms))
    return texts


def load(place: Path) -> Index:
    """Load the index as a process that serves does."""
    if place.is_dir():
        from smashpass.bootstrap.installation import Installation
        from smashpass.settings import load as load_settings

        return Installation(load_settings({"SMASHPASS_HOME": str(place)})).library.index

    from smashpass.snapshots.read import open_snapshot

    return open_snapshot(place)


def main(place: Path) -> dict[str, object]:
    """Load, answer, and return what it took."""
    start = time.perf_counter()
    index = load(place)
    loaded = time.perf_counter()
    # A small library lacks some of the rare tags.
    tail = [name for name in TAIL_NAMES if index.vocabulary.find(name) is not None]
    for number, text in enumerate(query_texts(QUERIES, 1, tail)):
        query = read_query(text, index)
        count(query, index)
        deal(images(query, index), EMPTY, Permutation(number), DECK_SIZE)
    ended = time.perf_counter()
    return {
        "images": len(index.live),
        "load_s": loaded - start,
        "query_s": (ended - loaded) / QUERIES,
        "peak_rss": peak_rss(),
        "counts": {case.text: count_matches(index, case.text) for case in COUNTS},
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
