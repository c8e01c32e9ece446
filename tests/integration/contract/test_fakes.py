"""A fake has the methods of its port, with the same arguments."""

from __future__ import annotations

import inspect

import pytest

from smashpass.services.ports import operations, people, rules, scoring
from tests.support.fakes import operations as fake_operations
from tests.support.fakes import people as fake_people
from tests.support.fakes import rules as fake_rules
from tests.support.fakes import scoring as fake_scoring

PAIRS = [
    (operations.AuditTrail, fake_operations.AuditInMemory),
    (operations.JobQueue, fake_operations.JobsInMemory),
    (operations.NoticeStore, fake_operations.NoticesInMemory),
    (operations.RunStore, fake_operations.RunsInMemory),
    (people.AttemptStore, fake_people.AttemptsInMemory),
    (people.SessionStore, fake_people.SessionsInMemory),
    (people.SwipeStore, fake_people.SwipesInMemory),
    (people.TokenStore, fake_people.TokensInMemory),
    (people.ViewerStore, fake_people.ViewersInMemory),
    (rules.CanaryStore, fake_rules.CanariesInMemory),
    (rules.DraftStore, fake_rules.DraftsInMemory),
    (rules.RevisionStore, fake_rules.RevisionsInMemory),
    (scoring.ScoreStore, fake_scoring.ScoresInMemory),
]


@pytest.mark.parametrize(("port", "fake"), PAIRS, ids=lambda cls: cls.__name__)
def test_a_fake_takes_every_call_that_its_port_takes(port: type, fake: type) -> None:
    methods = [
        {name: [*inspect.signature(method).parameters] for name, method in vars(cls).items()
         if inspect.isfunction(method) and not name.startswith("_")}
        for cls in (port, fake)
    ]  # fmt: skip
    asked, offered = methods
    assert {name: offered.get(name) for name in asked} == asked
