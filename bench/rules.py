"""Changing rules: the exact impact, publishing to all workers, bad sets under load."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from bench.cases import AND
from bench.load import Load, put_under_load, request
from bench.processes import PeerFailed
from bench.report import Row, at_most
from bench.servers import Server, serving
from bench.serving import home_of
from bench.site import FULL, Site
from bench.timing import interleaved, once
from bench.tree import benchmark_tree
from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import Conflict
from smashpass.core.library.index import Index
from smashpass.core.rules.analysis.impact import in_common, sample, tree_impact
from smashpass.core.rules.tree import Arm, Branch, Leaf, TagTest, Tree
from smashpass.settings import load

IMPACT_S, HTTP_IMPACT_S, PUBLISHED_S = 0.15, 0.5, 1.0
BAD_SETS = 1_000
CONNECTIONS = 4
VIEWERS = 50
ROBOTS, WEIGHT = "trees/robots.yaml", "weight: 45"
AVATARS, VERDICT = "trees/avatars.yaml", "id: quiet-moment\n        verdict: pass"
_ACCOUNT, _PASSWORD = "bench-editor", "the benchmarks edit rules"
_DECK = "/api/v1/deck?" + urlencode({"n": 20, "q": AND.text})
_RULES = Path(__file__).resolve().parents[1] / "rules"


def measure(site: Site) -> Iterator[Row]:
    """Measure the impact in this process, then a server; up to 2 M images there."""
    yield from _impact(site)
    if site.size > FULL:
        yield Row("publishing", site.size, None, note="left out above 2,000,000 images")
        return
    home = home_of(site)
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    with suppress(Conflict):
        parts.accounts.create(_ACCOUNT, "editor", _PASSWORD)
    token = parts.tokens.renew(_ACCOUNT)
    first = parts.publishing.find("active").sha256
    try:
        with serving(home) as server:
            server.wait_for("/readyz")
            yield from _served(site, server, token)
    finally:
        parts.publishing.rollback(first, by=_ACCOUNT, origin="test", reason="the benchmark is over")
        parts.engine.dispose()


def changed(tree: Tree) -> Tree:
    """Return the tree of the benchmarks with another question and another verdict."""

    def turned(node: Branch, depth: int) -> Branch:
        arm = node.arms[0]
        if isinstance(arm.then, Leaf):
            verdict = "pass" if arm.then.verdict == "smash" else "smash"
            return replace(node, arms=(Arm(arm.when, replace(arm.then, verdict=verdict)),))
        assert isinstance(arm.then, Branch)
        when = TagTest("hat:*") if depth == 2 else arm.when
        return replace(node, arms=(Arm(when, turned(arm.then, depth + 1)),))

    return replace(tree, root=turned(tree.root, 1))


def _impact(site: Site) -> Iterator[Row]:
    """The effect of a changed tree on every image, with a sample and what it has in common."""
    index, before = site.index(), benchmark_tree()
    after = changed(before)

    def whole() -> int:
        impact = tree_impact(before, after, index)
        sample(impact, "bench")
        in_common(impact.to_smash, index, "bench")
        in_common(impact.to_pass, index, "bench")
        return len(impact.to_smash) + len(impact.to_pass)

    flipped = whole()
    _agree(before, after, index, flipped)
    site.say("impact of a changed tree")
    took = interleaved({"impact": once(whole)}, site.rounds, site.budget_s)["impact"].median
    yield at_most(
        "impact of a changed tree, 5 levels, with its sample",
        site.size,
        took,
        IMPACT_S * site.growth,
        judged=site.judged,
        note=f"{flipped:,} images flip",
    )


def _agree(before: Tree, after: Tree, index: Index, flipped: int) -> None:
    """Refuse an impact that does not say the same forwards and backwards."""
    back = tree_impact(after, before, index)
    if not flipped or len(back.to_smash) + len(back.to_pass) != flipped:
        raise AssertionError("the impact is not the same in both directions")


def _served(site: Site, server: Server, token: str) -> Iterator[Row]:
    """The same over HTTP, publishing until every worker follows, and what bad sets do."""
    rounds = site.times(10, 3)
    times, follow = [], []
    for number in range(rounds):
        files = _files(40 - number, turned=True)
        began = time.perf_counter()
        status, report = server.ask("POST", "/api/v1/admin/rules/impact", token, {"files": files})
        times.append(time.perf_counter() - began)
        if status != 200:
            raise PeerFailed(f"the impact was answered with {status}")
    flips = sum(sum(tree["flips"].values()) for tree in report["trees"])
    if not flips:
        raise PeerFailed("a leaf with another verdict flips no image")
    yield at_most(
        "POST /admin/rules/impact, shipped rules with one verdict turned, with samples",
        site.size,
        median(times),
        HTTP_IMPACT_S * site.growth,
        judged=site.judged,
        note=f"{flips:,} images flip",
    )
    for number in range(rounds):
        follow.append(_published(server, token, _files(30 - number)))
    yield at_most("published until all workers decide by it, worst", site.size, max(follow),
                  PUBLISHED_S, judged=site.judged)  # fmt: skip
    yield _bad_sets(site, server, token)


def _published(server: Server, token: str, files: dict[str, str]) -> float:
    """Publish; return the seconds from the answer until no worker names the rules before."""
    body = {"files": files, "reason": "benchmark"}
    status, answer = server.ask("POST", "/api/v1/admin/rules/publish", token, body)
    if status != 200:
        raise PeerFailed(f"publishing was answered with {status}")
    began = last = time.perf_counter()
    # Which worker answers is chance: the new ones must be named 30 times in a row.
    agreed = 0
    while agreed < 30:
        named_revision = server.ask("GET", "/api/v1/rules")[1]["revision"]
        agreed = agreed + 1 if named_revision == answer["revision"] else 0
        last = time.perf_counter() if not agreed else last
        if last - began > 30:
            raise PeerFailed("a worker does not follow what is published")
    return last - began


def _bad_sets(site: Site, server: Server, token: str) -> Row:
    """Publish sets with mistakes while decks are asked for; the rules must stay."""
    count = site.times(BAD_SETS, BAD_SETS // 20)
    site.say(f"publishing {count:,} bad sets under load")
    tokens = [server.ask("POST", "/api/v1/viewers", body={"age_band": "18+"})[1]["token"]
            for _ in range(site.times(VIEWERS, VIEWERS))]  # fmt: skip
    before = server.ask("GET", "/api/v1/rules")[1]["revision"]
    going = True
    loads: list[Load] = []

    def swipe() -> None:
        asked = (request("GET", _DECK, viewer_token) for viewer_token in cycle(tokens))
        endless = iter(lambda: next(asked) if going else b"", b"")
        loads.append(put_under_load(server.address, endless, CONNECTIONS, 600.0))

    swiping = threading.Thread(target=swipe)
    swiping.start()
    refused = 0
    try:
        for number in range(count):
            files = _files(45)
            text = files[ROBOTS]
            place = text.index("verdict", number % (len(text) // 3))
            files[ROBOTS] = text[:place] + "verdicts" + text[place + 7 :]
            body = {"files": files, "reason": "a bad one"}
            refused += server.ask("POST", "/api/v1/admin/rules/publish", token, body)[0] == 400
    finally:
        going = False
        swiping.join()
    after = server.ask("GET", "/api/v1/rules")[1]["revision"]
    load_ = loads[0] if loads else Load()
    wrong = sum(number for status, number in load_.statuses.items() if status != 200)
    passed_all = refused == count and before == after and not wrong and bool(load_.latencies)
    return Row(
        f"{count:,} bad sets published under load: decks that were not answered",
        site.size,
        float(wrong),
        "",
        gate="0, all refused, the rules stay",
        passed=passed_all,
        note=f"{refused:,} refused; {len(load_.latencies):,} decks answered",
    )


def _files(weight: int, *, turned: bool = False) -> dict[str, str]:
    """Return the shipped rules with another weight of one leaf, and another verdict of one."""
    files = {
        path.relative_to(_RULES).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(_RULES.rglob("*.yaml"))
    }
    assert files[ROBOTS].count(WEIGHT) == 1
    files[ROBOTS] = files[ROBOTS].replace(WEIGHT, f"weight: {weight}")
    if turned:
        assert files[AVATARS].count(VERDICT) == 1
        # Its own tests would refuse it.
        text = files[AVATARS].partition("\ntests:")[0] + "\n"
        files[AVATARS] = text.replace(VERDICT, VERDICT.replace("pass", "smash"))
    return files
