"""The admin pages in real Chromium over 2 M images and 100,000 tags: whether editors ever wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median, quantiles
from urllib.parse import quote

from bench.browser import missing
from bench.editing_home import TAGS, editing_home
from bench.library import TAIL_NAMES
from bench.processes import Remote
from bench.report import Row, at_most
from bench.servers import serving
from bench.site import FULL, Site
from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import ImageSet
from smashpass.core.tags.names import TagId
from smashpass.settings import load

WORDS = 25
EDITS = 5
PREVIEWS = 5
TAGGED = 20
SLOWNESS = 4
RULE_FILE = "trees/avatars.yaml"
FLIP = ("verdict: smash", "verdict: pass")
QUERY = "kind:robot"
"""Has a tenth of the images: 200,000 of 2 M."""

PAINTED_S = 0.1
IMPACT_S = 1.0
PREVIEW_S = 1.0


def measure(site: Site) -> Iterator[Row]:
    """Measure completion, impact, bulk edits and tagging by keys; up to 2 M images."""
    lacking = missing()
    if lacking or site.size > FULL:
        note = f"left out: {lacking}" if lacking else "left out above 2,000,000 images"
        yield Row("editing", site.size, None, note=note)
        return
    home = editing_home(site)
    with serving(home, workers=1) as server:
        server.wait_for("/readyz")
        host, port = server.address
        desk = Remote("bench.desk:Desk", f"http://{host}:{port}")
        try:
            yield from _completion(site, desk)
            yield from _impact(site, desk)
            yield from _bulk(site, desk, home)
            yield from _tagging(site, desk, home)
        finally:
            desk.close()


def _completion(site: Site, desk: Remote) -> Iterator[Row]:
    tags = site.times(TAGS, 2_000)
    rng = Random(site.seed)
    words = [f"trait_{rng.randrange(1, 8_000):04d}" for _ in range(site.times(WORDS, 3))]
    site.say(f"admin: typing {len(words)} words")
    durations = desk.call("completions", words)
    assert isinstance(durations, list)
    note = f"{len(durations)} keys among {tags:,} tags"
    p95 = quantiles(durations, n=20)[18]
    yield at_most("admin: key to painted completions, p95", site.size, p95, PAINTED_S,
                  judged=site.judged, note=note)  # fmt: skip


def _impact(site: Site, desk: Remote) -> Iterator[Row]:
    durations = []
    for number in range(site.times(EDITS, 2)):
        site.say("admin: changing a rule")
        seconds = desk.call("first_impact", RULE_FILE, FLIP[0], f"{FLIP[1]}  # {number}")
        assert isinstance(seconds, float)
        durations.append(seconds)
    yield at_most("admin: a changed rule to its painted impact, median", site.size,
                  median(durations), IMPACT_S, judged=site.judged)  # fmt: skip


def _bulk(site: Site, desk: Remote, home: Path) -> Iterator[Row]:
    before = _images_by_tag(home)
    (tag,) = (name for name in TAIL_NAMES if name == "trait_0500")
    expected = len(before[QUERY] - before[tag])
    seconds = []
    for _ in range(site.times(PREVIEWS, 2)):
        site.say("admin: previewing a bulk edit")
        took, changed = desk.call("preview", quote(QUERY), tag)
        assert changed == expected, f"the preview says {changed}, a recount {expected}"
        seconds.append(took)
    note = f"{expected:,} images change, as a recount says"
    yield at_most("admin: preview of a bulk edit, median", site.size, median(seconds), PREVIEW_S,
                  judged=site.judged, note=note)  # fmt: skip
    site.say("admin: applying it")
    yield Row("admin: the bulk edit applied", site.size, desk.call("apply"))
    assert _images_by_tag(home)[tag] == before[tag] | before[QUERY]
    site.say("admin: undoing it")
    undone = desk.call("undo")
    after = _images_by_tag(home)
    assert after == before, "undoing did not restore every tag of every image"
    yield Row("admin: and undone", site.size, undone, note="every tag of every image as before")


def _tagging(site: Site, desk: Remote, home: Path) -> Iterator[Row]:
    tags = list(TAIL_NAMES[:3])
    images = site.times(TAGGED, 4)
    before = _images_by_tag(home)
    query = quote(" ".join(["hair:red", *(f"-{tag}" for tag in tags)]))
    site.say(f"admin: tagging {images} images by keys")
    mouse_events = desk.call("tag_by_keys", query, images, tags, SLOWNESS)
    after = _images_by_tag(home)
    added = [after[tag] - before[tag] for tag in tags]
    stored = sum(map(len, added))
    is_right = all(len(images_with) == images for images_with in added)
    yield Row(
        "admin: tags stored of those typed without waiting",
        site.size,
        stored / (images * len(tags)),
        "",
        gate="100 %, no mouse",
        passed=is_right and mouse_events == 0,
        note=f"{images} images × {len(tags)} tags, CPU {SLOWNESS}× slower",
    )


def _images_by_tag(home: Path) -> dict[str, ImageSet]:
    """Return the images of every tag, read anew from the database."""
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    try:
        index = parts.library.latest()
        names = index.vocabulary.names
        return {name: ImageSet(index.having(TagId(tag))) for tag, name in enumerate(names) if name}
    finally:
        parts.engine.dispose()
