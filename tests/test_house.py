"""The house rules that no linter knows."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from importlib.metadata import files

import pytest

from smashpass import __version__
from smashpass.core.errors import BadSetting
from smashpass.media.folder import folder_of
from smashpass.settings import TABLE
from tests.support.paths import ROOT

PACKAGE = ROOT / "smashpass"
LONGEST_MODULE = 400
FULLEST_FOLDER = 16


def imported_by(code: str) -> set[str]:
    """Return the top-level modules that a new process has after running ``code``."""
    command = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    process = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(process.stdout.split())


def test_the_core_needs_no_framework():
    names = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (PACKAGE / "core").rglob("*.py")
        if path.name != "__init__.py"
    )
    assert len(names) > 30

    loaded = imported_by("\n".join(f"import {name}" for name in names))

    assert loaded.isdisjoint({"sqlalchemy", "flask", "click", "yaml", "whoosh", "PIL", "alembic"})
    assert "pyroaring" in loaded


def test_the_version_is_told_without_loading_anything_heavy():
    loaded = imported_by(
        "from smashpass.cli.main import run\nassert run(['--version']) == 0\nimport sys"
    )

    assert loaded.isdisjoint({"sqlalchemy", "flask", "yaml", "whoosh", "PIL", "pyroaring"})


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_module_is_too_long_to_be_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


def test_no_folder_is_too_full_to_be_seen_at_a_glance():
    folders = [path for path in PACKAGE.rglob("*") if (path / "__init__.py").exists()]
    modules_by_folder = {
        str(folder.relative_to(PACKAGE)): [
            path.name
            for path in folder.iterdir()
            if path.name != "__init__.py"
            and (path.suffix == ".py" or (path / "__init__.py").exists())
        ]
        for folder in folders
        # One step of the schema a module, for as long as there are steps.
        if folder.name != "versions"
    }

    assert len(modules_by_folder) > 50
    assert {
        folder: len(modules)
        for folder, modules in modules_by_folder.items()
        if len(modules) > FULLEST_FOLDER
    } == {}


def test_every_room_is_described_in_the_architecture():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    missing = []
    for folder in sorted(PACKAGE.iterdir()):
        if not (folder / "__init__.py").exists():
            continue
        (section,) = re.findall(
            rf"^## `smashpass/{folder.name}`.*?(?=^## )", text, re.MULTILINE | re.DOTALL
        )
        rooms = [room.name for room in folder.iterdir() if (room / "__init__.py").exists()]
        missing += [f"{folder.name}/{room}" for room in rooms if f"{room}/" not in section]
    assert missing == []


def test_every_folder_of_the_package_has_its_question_in_the_architecture():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    sections = set(re.findall(r"^## `smashpass/(\w+)", text, re.MULTILINE))
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}

    assert folders - sections == set()


def test_every_script_says_how_it_is_used_and_can_be_run():
    scripts = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file())

    assert scripts
    for script in scripts:
        assert script.stat().st_mode & 0o111, script.name
        assert script.read_text().startswith("#!/usr/bin/env "), script.name


def test_the_changelog_tells_of_this_version():
    text = (ROOT / "CHANGELOG.md").read_text()

    assert f"\n## {__version__}" in text or "\n## Unreleased" in text


def extras() -> dict[str, list[str]]:
    """The distributions of each extra that people install to use the program."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    return {
        extra: [re.split(r"[\[>=<]", line)[0] for line in lines.split()]
        for extra, lines in config["options.extras_require"].items()
        if extra not in ("test", "bench")
    }


def modules_of(distribution: str) -> set[str]:
    """The top-level modules that a distribution installs."""
    listed_files = files(distribution)
    assert listed_files, distribution
    return {
        file.parts[0].removesuffix(".py")
        for file in listed_files
        if ".." not in file.parts and ".dist-info" not in file.parts[0]
    }


def test_every_extra_is_used_by_code_of_the_package():
    source = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    models = {"onnx", "similar", "collab", "prompts", "scorer"}
    assert set(extras()) == {"demo", "parquet", "postgres", "s3"} | models
    for extra, distributions in extras().items():
        for distribution in distributions:
            imported = any(
                re.search(rf"^\s*(from|import) {re.escape(module)}\b", source, re.MULTILINE)
                # SQLAlchemy imports a driver, and importlib.resources a package of files, by name.
                or re.search(rf'["+]{re.escape(module)}"', source)
                for module in modules_of(distribution)
            )
            assert imported, f"{distribution} of the extra {extra} is used by no code"


def test_the_address_of_pictures_promises_only_what_is_supported():
    (setting,) = [setting for setting in TABLE if setting.name == "media_url"]
    assert re.findall(r"\w+://", setting.meaning) == ["file://", "s3://"]
    with pytest.raises(BadSetting, match="only file:// and s3:// are supported"):
        folder_of("gs://bucket/prefix")


MOST_PROTOCOLS = 26
"""May only fall: a protocol is for what has several implementations, or lies further out."""


def test_protocols_stay_few():
    protocols = [
        match
        for path in PACKAGE.rglob("*.py")
        for match in re.findall(r"^class (\w+)\(Protocol", path.read_text(), re.MULTILINE)
    ]
    assert len(protocols) == MOST_PROTOCOLS, sorted(protocols)


def test_pages_api_and_command_line_get_at_services_alone():
    reached = {
        str(path.relative_to(PACKAGE)): line
        for folder in ("web", "cli")
        for path in (PACKAGE / folder).rglob("*.py")
        for line in path.read_text().splitlines()
        if re.search(r"\.installation\b(?! import)|bootstrap\.installation\b", line)
    }
    assert reached == {}
