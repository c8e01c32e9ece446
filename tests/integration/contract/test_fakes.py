"""A fake has the methods of its port, with the same arguments."""

from __future__ import annotations

import inspect

import pytest

from smashpass.services.ports import operations, rules
from tests.support.fakes import operations as fake_operations
from tests.support.fakes import rules as fake_rules

PAIRS = [
    (operations.AuditTrail, fake_operations.AuditInMemory),
    (operations.JobQueue, fake_operations.JobsInMemory),
    (operations.NoticeStore, fake_operations.NoticesInMemory),
    (operations.RunStore, fake_operations.RunsInMemory),
    (rules.CanaryStore, fake_rules.CanariesInMemory),
    (rules.DraftStore, fake_rules.DraftsInMemory),
    (rules.RevisionStore, fake_rules.RevisionsInMemory),
]


@pytest.mark.parametrize(("port", "fake"), PAIRS, ids=lambda cls: cls.__name__)
def test_a_fake_takes_every_call_that_its_port_takes(port: type, fake: type) -> None:
    methods = [
        {name: [*inspect.signature(method).parameters] for name, method in vars(cls).items()
         if inspect.isfunction(method) and not name.startswith("_")}
        for cls in (port, fake)
    ]  # fmt: skip
    assert methods[0].items() <= methods[1].items()
