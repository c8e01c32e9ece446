"""A fake has what its port asks for, by the same names."""

from __future__ import annotations

import inspect

import pytest

from smashpass.services.ports import operations
from tests.support.fakes import operations as fake_operations

PAIRS = [
    (operations.AuditTrail, fake_operations.AuditInMemory),
    (operations.JobQueue, fake_operations.JobsInMemory),
    (operations.NoticeStore, fake_operations.NoticesInMemory),
    (operations.RunStore, fake_operations.RunsInMemory),
]


@pytest.mark.parametrize(("port", "fake"), PAIRS, ids=lambda cls: cls.__name__)
def test_a_fake_has_every_method_of_its_port_and_no_other(port: type, fake: type) -> None:
    methods = [
        {name: [*inspect.signature(method).parameters] for name, method in vars(cls).items()
         if inspect.isfunction(method) and not name.startswith("_")}
        for cls in (port, fake)
    ]  # fmt: skip
    assert methods[0] == methods[1]
