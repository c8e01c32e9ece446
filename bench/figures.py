"""Which rows of the record the README shows, in words for newcomers."""

from __future__ import annotations

from dataclasses import dataclass

from bench.report import Row
from bench.site import FULL

ANY = "*"
"""In place of a peer: the row of every peer."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A row that the README shows if it is recorded.

    Attributes:
        text: What was measured, for newcomers.
        measure: The row's own name.
        beside: Its peer, or any.
        images: Its number of images.
    """

    text: str
    measure: str
    beside: str = ""
    images: int = FULL

    def fits(self, row: Row) -> bool:
        """Return whether this is the row, or one of them."""
        same = (self.measure, self.images) == (row.measure, row.images)
        return same and self.beside in (row.beside, ANY)

    def text_of(self, row: Row) -> str:
        """Return the text for a row that fits."""
        return f"{self.text}, beside {row.beside}" if self.beside == ANY else self.text


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """A table of the README: rows that are shown, and the benchmarks whose missed gates it has."""

    title: str
    benchmarks: tuple[str, ...]
    rows: tuple[Chosen, ...]


_TWO = "search: two tags, exact count"
_PARSED = f"{_TWO}, with parsing"
_DECIDED = "one decision, 5 levels"
_DECK = "deck of 20: two tags, 5,000 first of its order seen"
_COMPLETED = "completion among 100,000 tags, p99"
_PEAK = "peak, 1,000 swipes a second for 600 s: 99 % of the"
_FAILOVER = (
    "20 failovers of PostgreSQL under two nodes: everybody's swipes are kept again, "
    "after the standby takes writes, at worst"
)
_KILLED = "kill -9 of the server 100 times while swipes come in: lost or doubled"
_IMPORT_KILLED = "kill -9 during an import of 50,000 rows, resumed: equal to an undisturbed one"
_NEW_MODEL = "own model: 3 trainings with their evaluations"
_STORED = "csv: into the store, rows a second"
_IN_POSTGRES = "csv: into PostgreSQL, rows a second"
_DERIVED = "400 pictures on 2 processors, a picture by the import command"
_DRAWN = "pictures drawn, stored and imported: a second"
_PICTURES = 500_000
_OVER_HTTP, _TIME = "GET /deck of 20", "16 connections: time for each"

GROUPS = (
    FigureGroup(
        "Answers",
        ("search", "asking", "words", "deck", "loading", "agreement", "prompts"),
        (
            Chosen("Images with both of two tags, counted exactly", _PARSED),
            Chosen("The same among 32,000,000 images", _PARSED, images=32_000_000),
            Chosen(
                "1,000 random queries of up to 6 terms: 99 % are faster than",
                "1,000 random queries of 1–6 terms, parsing included, p99",
            ),
            Chosen("The next 20 cards for someone who has seen 5,000", _DECK),
            Chosen("Completing a tag among 100,000: 99 % are faster than", _COMPLETED, images=0),
        ),
    ),
    FigureGroup(
        "Decisions and models",
        ("decision", "whole", "rules", "scores", "scorers", "own model", "taste", "collab"),
        (
            Chosen("One image through a tree of 5 levels", _DECIDED),
            Chosen("Every image of the library, 32 leaves", "whole library, 5 levels, 32 leaves"),
            Chosen(
                "New rules are in force in every worker after",
                "published until all workers decide by it, worst",
            ),
            Chosen(
                "20 cards by a viewer's taste, from the whole library",
                "taste: a deck of 20 by taste, 1,000 swipes, whole library",
            ),
            Chosen("Training a model of your own, three times", _NEW_MODEL, images=5_000),
        ),
    ),
    FigureGroup(
        "Server and pages",
        ("inside", "serving", "slow clients", "swaps", "peak", "pages", "editing"),
        (
            Chosen("Ready after", "server: ready after"),
            Chosen(
                "Decks over HTTP, as a share of the requests that an empty Flask route answers",
                "GET /deck, two tags, 16 connections: share of the bare app's rate",
            ),
            Chosen("Decks over HTTP: 99 % are faster than", "GET /deck: 99 % are faster than"),
            Chosen(
                "Swipes a second, each on disk before it is acknowledged",
                "POST /swipes of 20, 16 connections, 2 workers: swipes a second",
            ),
            Chosen(
                "A worker's own memory at start",
                "server: a worker's own memory at start",
            ),
            Chosen(
                "The same after the library has changed three times",
                "server: a worker's own memory 40 s after 3 imports of 1,000",
            ),
            Chosen(
                "Ten minutes of 1,000 swipes a second: 99 % of decks",
                f"{_PEAK} decks are answered in",
            ),
            Chosen(
                "Ten minutes of 1,000 swipes a second: 99 % of swipes",
                f"{_PEAK} swipes are answered in",
            ),
            Chosen(
                "JavaScript before the first card",
                "page: JavaScript before the first card",
                images=500,
            ),
            Chosen(
                "Admin pages: from key to completions, 95 % within",
                "admin: key to painted completions, p95",
            ),
        ),
    ),
    FigureGroup(
        "Imports",
        ("importing", "ten million", "formats"),
        (
            Chosen("Rows a second of a CSV file into SQLite", _STORED, images=100_000),
            Chosen("Rows a second of it into PostgreSQL", _IN_POSTGRES, images=100_000),
            Chosen(
                "A CSV file of 2,000,000 rows, ready to be searched",
                "import of a CSV file, with snapshot",
            ),
            Chosen("Memory for it", "import of a CSV file, with snapshot: memory"),
            Chosen("Rows a second of 10,000,000", "import: rows a second", images=10_000_000),
            Chosen(
                "Memory for them before the snapshot",
                "import: memory before the snapshot",
                images=10_000_000,
            ),
        ),
    ),
    FigureGroup(
        "Pictures",
        ("media", "pictures", "hostile"),
        (
            Chosen(
                "Importing a picture, beside a bare Pillow loop", _DERIVED, "bare Pillow loop", 0
            ),
            Chosen("Drawing, storing and importing 500,000: a second", _DRAWN, images=_PICTURES),
            Chosen(
                "Bytes of the files of each",
                "pictures: bytes of the files of each",
                images=_PICTURES,
            ),
            Chosen(
                "5,400 hostile files: a picture or a refusal",
                "hostile files: a picture or a refusal",
                images=0,
            ),
            Chosen("Hostile files: longest time for one", "hostile files: the longest", images=0),
            Chosen(
                "Hostile files: memory of a decoder", "hostile files: memory of a decoder", images=0
            ),
        ),
    ),
    FigureGroup(
        "Faults",
        ("kills", "crashes", "power", "disk", "nodes", "guesses"),
        (
            Chosen(
                "50 imports killed and repeated: same library as without", _IMPORT_KILLED, images=0
            ),
            Chosen(
                "The server killed 100 times: acknowledged swipes lost or doubled",
                _KILLED,
                images=0,
            ),
            Chosen("20 failovers of PostgreSQL: swipes are kept again within", _FAILOVER, images=0),
            Chosen(
                "1,000,000 guessed or altered cookies and tokens: accepted",
                "1,000,000 guessed and altered cookies, tokens and notes: accepted",
                images=0,
            ),
        ),
    ),
    FigureGroup(
        "Beside other ways to do the same",
        ("plain app", "engines"),
        (
            Chosen(
                "20 cards with two tags over HTTP, 100,000 images",
                f"{_OVER_HTTP}, two tags, {_TIME}",
                beside=ANY,
                images=100_000,
            ),
            Chosen(
                "20 cards of the whole library over HTTP, 100,000 images",
                f"{_OVER_HTTP}, whole library, {_TIME}",
                beside=ANY,
                images=100_000,
            ),
            Chosen(
                "20 swipes over HTTP, 100,000 images",
                f"POST /swipes of 20, {_TIME}",
                beside=ANY,
                images=100_000,
            ),
            Chosen(
                "Two tags, the newest 42 with the total, 100,000 images",
                "engines: newest 42 with two tags, with the total",
                beside=ANY,
                images=100_000,
            ),
            Chosen("Two tags, counted, beside SQLite FTS5", _TWO, "SQLite FTS5"),
            Chosen("Two tags, counted, beside a SQL join", _TWO, "SQL join"),
            Chosen(
                "20 unseen cards, beside SQL with NOT IN and random()",
                "deck of 20: two tags",
                "SQL NOT IN, random()",
            ),
            Chosen("One decision, beside zen-engine", _DECIDED, "zen-engine, graph of switches"),
            Chosen("One decision, beside rule-engine", _DECIDED, "rule-engine"),
            Chosen(
                "The whole library decided, beside image by image",
                "whole library, 5 levels, 32 leaves",
                "image by image",
            ),
        ),
    ),
)

_FROM_TAP = "From a tap to what it shows (INP)"
_ELSEWHERE = "Other pages while a model server is {}: 99th percentile beside none"
MISSED_WORDS = {
    "page: INP, CPU 1×": _FROM_TAP,
    "page: INP, CPU 4×": f"{_FROM_TAP}, on a processor 4 times as slow",
    "page: INP, CPU 6×": f"{_FROM_TAP}, on a processor 6 times as slow",
    "page: LCP": "The first card is painted on a slow phone after (LCP)",
    "peak: swipes a second that are held, of 4,000 for a million people": (
        "Swipes a second that are held of the 4,000 of a million people"
    ),
    "peak: processor time for each swipe, last third beside the first": (
        "Ten minutes of 1,000 swipes a second: processor time in the last third beside the first"
    ),
    "twice the peak: seconds until all is well again": "After twice the peak, all is well again in",
    "scorers: slow: p99 of decks, share of that without a model server": (
        "Decks while a model server is slow: 99th percentile beside none"
    ),
    **{
        f"scorers: {mood}: p99 of another route, share of that without a model server": (
            _ELSEWHERE.format(mood)
        )
        for mood in ("healthy", "slow", "dripping", "dead", "flapping")
    },
}
"""What the README says for rows that it shows only while they are missed."""
