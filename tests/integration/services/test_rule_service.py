"""Rules through the service that pages, API and command line share."""

from __future__ import annotations

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import NotFound, RulesInvalid
from smashpass.rulefiles.load import load_texts
from smashpass.services.rules.service import RuleService
from tests.support.trees import tree

OLD = load_texts({"t.yaml": tree("t")})
NEW = load_texts({"t.yaml": tree("t", weight=90)})
ADDED = load_texts({"b.yaml": tree("b", labels="[]")})
ACT = {"by": "ann", "origin": "test", "reason": "why"}


@pytest.fixture
def rules(installation: Installation) -> RuleService:
    """The service of an installation in which no rules are published."""
    return Container(installation).rules


def test_every_act_takes_effect_in_this_process_at_once(rules: RuleService) -> None:
    old = rules.publish(OLD, **ACT).revision
    assert rules.book.revision == old.sha256
    new = rules.publish(NEW, **ACT).revision
    assert rules.book.revision == new.sha256
    rules.publish(ADDED, whole=False, **ACT)
    assert {deciding.id for deciding in rules.trees} == {"t", "b"}
    rules.rollback(old.sha256, **ACT)
    assert rules.book.revision == old.sha256
    for canary in (NEW, new.sha256):
        rules.start_canary(canary, 50, whole=True, **ACT)
        assert rules.live_canary is not None
        assert rules.live_canary.book.revision == new.sha256
        rules.stop_canary(by="ann", origin="test")
        assert rules.live_canary is None


def test_a_process_that_decides_nothing_need_not_read_what_runs(
    rules: RuleService, installation: Installation
) -> None:
    rules.publish(OLD, **ACT)
    unreadable = {"t.yaml": tree("t").replace("format: 1", "format: 9")}
    installation.canaries.start(
        unreadable, "ab" * 32, 5, by="ann", origin="test", reason="by another program"
    )
    new = rules.publish(NEW, **ACT).revision
    assert rules.find("active") == new
    with pytest.raises(RulesInvalid):
        installation.rules.refresh()


def test_revisions_are_found_by_number(rules: RuleService) -> None:
    old = rules.publish(OLD, **ACT).revision
    rules.publish(NEW, **ACT)
    assert rules.numbered(old.number).sha256 == old.sha256
    assert rules.load_revision(old.sha256[:8]).revision == OLD.revision
    with pytest.raises(NotFound, match="there is no revision '99'"):
        rules.numbered(99)


def test_the_bundled_rules_are_published_where_none_decide(rules: RuleService) -> None:
    first = rules.ensure_active()
    assert first is not None
    assert first.revision.by == "smashpass"
    assert rules.book.revision == first.revision.sha256
    assert rules.ensure_active() is None
