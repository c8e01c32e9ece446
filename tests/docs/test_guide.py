"""The guide for operators: what its commands name is there, and the units can be loaded.

Its commands are run by ``scripts/follow-guide``, which needs root, a network and some minutes.
"""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from smashpass.cli.main import COMMANDS
from smashpass.settings import TABLE
from tests.support.console import examples_of
from tests.support.guide import CHECKOUT, GUIDE
from tests.support.paths import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
MOST_EXPOSED = 2.0
"""Of 10, as ``systemd-analyze security`` counts."""


def directives(unit: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit)
    return dict(parser["Service"])


def test_files_of_the_checkout_that_the_guide_names_exist():
    text = GUIDE.read_text(encoding="utf-8")
    paths = set(re.findall(rf"/{CHECKOUT}/([\w./-]+)", text))
    assert len(paths) >= 2
    assert [path for path in paths if not any(ROOT.glob(f"{path}*"))] == []


def test_its_settings_exist():
    variables = {setting.variable for setting in TABLE}
    named = set(re.findall(r"^(SMASHPASS_\w+)=", GUIDE.read_text(), re.MULTILINE))
    assert len(named) >= 5
    assert named <= variables


def test_the_units_run_commands_that_exist():
    commands = set(COMMANDS)
    for unit in SERVICES:
        line = directives(unit)["ExecStart"]
        steps = re.findall(r'"([a-z]+)[^"]*"', line) or re.findall(r"bin/smashpass ([a-z]+)", line)
        assert steps, unit.name
        assert set(steps) <= commands


def test_the_units_may_do_little():
    for unit in SERVICES:
        service = directives(unit)
        assert service["User"] == "smashpass"
        assert service["ProtectSystem"] == "strict"
        assert service["NoNewPrivileges"] == service["PrivateTmp"] == "yes"
        assert service["CapabilityBoundingSet"] == ""
        assert service["EnvironmentFile"] == "/etc/smashpass/environment"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_systemd_counts_the_units_among_the_safe_ones(unit):
    counted = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", counted.stdout)
    assert exposure, counted.stderr
    assert float(exposure[1]) <= MOST_EXPOSED


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_decoders_can_be_started_and_confine_themselves_under_the_units(unit):
    filters = re.findall(r"^SystemCallFilter=(.+)$", unit.read_text(), re.MULTILINE)
    assert filters
    for calls in filters:
        forbids = calls.startswith("~")
        names = system_calls(calls.removeprefix("~"))
        for call in ("prctl", "prlimit64", "setrlimit", "execve", "clone", "socket"):
            assert (call in names) is not forbids, (calls, call)


def system_calls(name: str) -> set[str]:
    """All system calls in a set of systemd, those of the sets in it too."""
    said = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", name],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.strip() for line in said.stdout.splitlines()[1:]]
    inner = [line for line in lines if line.startswith("@")]
    return set(lines).union(*map(system_calls, inner))


def test_every_timer_has_its_service_and_a_time():
    timers = [unit for unit in UNITS if unit.suffix == ".timer"]
    assert len(timers) == 2
    for timer in timers:
        assert timer.with_suffix(".service") in UNITS
        assert re.search(r"^OnCalendar=\*-\*-\* \d\d:\d\d:00$", timer.read_text(), re.MULTILINE)


def test_the_guide_has_commands_for_each_of_its_steps():
    examples = examples_of(GUIDE)
    assert len(examples) >= 40
    for program in ("apt-get", "pip", "systemctl", "nginx", "smashpass backup", "smashpass doctor"):
        assert any(program in example.command for example in examples), program
