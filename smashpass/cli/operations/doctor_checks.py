"""The checks of ``smashpass doctor``. Each returns its finding, or raises an error."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import stat
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from smashpass.bootstrap.inspection import check_database, durability, media_root, schema_versions
from smashpass.bootstrap.installation import Installation
from smashpass.cli.output import moment
from smashpass.core.errors import NotPossible
from smashpass.importing.runs.lock import lock_state
from smashpass.rulefiles.load import load_texts
from smashpass.services.rules.publish import require_good
from smashpass.services.rules.revision_names import SHOWN_DIGITS
from smashpass.settings import KEY_FILE, SECRET_MIN_LENGTH, TABLE, Settings

OLDEST_PYTHON = (3, 11)
LEAST_FREE = 512 << 20
_SKEW_US = 60_000_000
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*([<>=!~]=?[^;]*)?")


def packages() -> str:
    """Check the versions of Python and of required packages."""
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        raise NotPossible(f"Python {version} is too old", hint="install Python 3.11 or newer")
    try:
        required = metadata.requires("smashpass") or []
        own_version = metadata.version("smashpass")
    except metadata.PackageNotFoundError as error:
        raise NotPossible("smashpass is not installed", hint="run scripts/setup") from error
    versions = [f"smashpass {own_version}"]
    for line in required:
        match = _REQUIREMENT.match(line)
        if match is None or "extra ==" in line:
            continue
        name, bound = match[1], (match[2] or "").strip()
        try:
            present = metadata.version(name)
        except metadata.PackageNotFoundError as error:
            raise NotPossible(f"{name} is not installed", hint="run scripts/setup") from error
        if bound.startswith(">=") and _numbers(present) < _numbers(bound[2:]):
            raise NotPossible(
                f"{name} {present} is too old, {bound[2:]} is needed", hint="run scripts/setup"
            )
        versions.append(f"{name} {present}")
    return f"{version}; {', '.join(versions)}"


def describe_settings(settings: Settings) -> str:
    """Return which settings are set explicitly."""
    changed = [setting.variable for setting in TABLE if settings.origin[setting.name] != "default"]
    return f"{len(TABLE)} read; set: {', '.join(changed) or 'none'}"


def home_writable(home: Path) -> str:
    """Check that home is writable."""
    if not home.is_dir():
        raise NotPossible(
            "the installation folder does not exist",
            where=str(home),
            hint="import a collection, or correct SMASHPASS_HOME",
        )
    try:
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(b"x")
    except OSError as error:
        raise NotPossible(
            f"the installation folder is not writable: {error.strerror}",
            where=str(home),
            hint="check its owner and mode",
        ) from error
    return str(home)


def disk_space(home: Path) -> str:
    """Check the free disk space."""
    place = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(place).free
    free_text = f"{free / (1 << 30):.1f} GiB free"
    if free < LEAST_FREE:
        raise NotPossible(f"only {free_text}", where=str(place), hint="free some disk space")
    return free_text


def secret_key(settings: Settings) -> str:
    """Check that only the owner can read the signing key."""
    if settings.values["secret_key"] is not None:
        return f"given by {settings.origin['secret_key']}"
    path = settings.home / KEY_FILE
    try:
        status = path.stat()
    except FileNotFoundError:
        return "none yet; created when the server first starts"
    except OSError as error:
        raise NotPossible(
            f"the key cannot be read: {error.strerror}", where=str(path), hint="check its owner"
        ) from error
    mode = stat.S_IMODE(status.st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NotPossible(
            f"the key has mode {mode:04o}", where=str(path), hint=f"chmod 0600 {path}"
        )
    if status.st_size < SECRET_MIN_LENGTH:
        raise NotPossible(
            "the key is too short",
            where=str(path),
            hint="remove the file, and a new key is created",
        )
    return "readable by its owner only"


def open_to_others(settings: Settings) -> str:
    """Return how many files others can access and the command that fixes it; empty if none."""
    home = settings.home
    roots = [home]
    media = media_root(settings)
    if not media.is_relative_to(home):
        roots.append(media)
    exposed = {root: _exposed(root) for root in roots if root.is_dir()}
    commands = [
        f"chmod -R go= {shlex.quote(str(root))}" for root, count in exposed.items() if count
    ]
    if not commands:
        return ""
    total = sum(exposed.values())
    return f"other users can access {total:,} files and folders; run: {' && '.join(commands)}"


def _exposed(root: Path) -> int:
    """Count the files and folders at and below ``root`` whose mode grants others access."""
    count = 0
    for folder, _, names in os.walk(root):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:  # a running server removed it
                continue
            # Modes of links mean nothing, and access to sockets is configured by --bind.
            has_mode = stat.S_ISREG(mode) or stat.S_ISDIR(mode)
            count += has_mode and bool(mode & 0o077)
    return count


def second_factors(installation: Installation) -> str:
    """Check that the secret key decrypts the second factors."""
    settings, accounts = installation.settings, installation.accounts
    if settings.values["secret_key"] is None and not (settings.home / KEY_FILE).exists():
        names = [account.name for account in accounts.everyone() if account.second_factor]
    else:
        names = accounts.unreadable_secrets()
    if names:
        raise NotPossible(
            f"the secret key is not the one that encrypted the second factor of {', '.join(names)}",
            hint="restore the key, or run: smashpass admin recover NAME",
        )
    return "the secret key decrypts all second factors"


def lock(home: Path) -> str:
    """Return whether an import is running."""
    return f"import lock {lock_state(home)}"


def database(installation: Installation) -> str:
    """Check that the database is reachable and its schema current."""
    installation.require_library()
    version, head = schema_versions(installation)
    if version != head:
        raise NotPossible(
            f"the schema is at {version}, this program needs {head}",
            hint="back up, then run any import to migrate it",
        )
    return f"reachable, schema {version}"


def durable(installation: Installation) -> str:
    """Check that confirmed writes are on disk."""
    return durability(installation)


def integrity(installation: Installation) -> str:
    """Check the integrity of the database file."""
    return check_database(installation)


def clock(installation: Installation) -> str:
    """Check that the clock is not behind recorded changes."""
    now = installation.clock()
    newest = max((change.at for change in installation.changes.history(limit=1)), default=0)
    if newest > now + _SKEW_US:
        raise NotPossible(
            f"it is {moment(now)}, but the newest change is from {moment(newest)}",
            hint="set the clock of this machine",
        )
    return moment(now)


def snapshot(installation: Installation) -> str:
    """Check that the newest snapshot is intact and belongs to this database."""
    index = installation.snapshots.load_newest()
    if index is None:
        raise NotPossible("there is no snapshot", hint="build one with `smashpass index build`")
    version = installation.changes.latest()
    if index.version > version:
        raise NotPossible(
            f"the snapshot is of version {index.version}, the database only at {version}",
            hint="it belongs to another database; build one with `smashpass index build`",
        )
    behind = version - index.version
    tail = f", {behind:,} changes to follow" if behind else ""
    return f"version {index.version} with {len(index.live):,} images, checksums valid{tail}"


def rules(installation: Installation) -> str:
    """Check that the active revision can be read and passes its own tests."""
    revision = installation.revisions.active()
    if revision is None:
        raise NotPossible(
            "no rules are published",
            hint="publish a set: smashpass rules publish rules --reason 'first rules'",
        )
    loaded = load_texts(revision.files)
    require_good(loaded)
    tests = sum(len(examples) for examples in loaded.examples.values())
    name = revision.sha256[:SHOWN_DIGITS]
    return f"revision {name}: {len(loaded.trees)} trees, {tests} tests pass"


def screening(installation: Installation) -> str:
    """Count the images hidden because of under-age or denied tags."""
    withheld = installation.library.withheld
    counts = {
        "under-age tags": withheld.under_age,
        "tags awaiting review": withheld.unreviewed,
        "denied tags": withheld.denied,
    }
    return f"{len(withheld.images):,} images hidden" + "".join(
        f"; {len(images):,} for {why}" for why, images in counts.items() if images
    )


def picture_hashes(installation: Installation) -> str:
    """Count the pictures without hashes, which takedowns of other files cannot match."""
    missing = len(installation.catalogue.pictures_without_signature())
    return f"{missing:,} pictures lack hashes; run: smashpass media hash" if missing else "complete"


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, for comparing."""
    return tuple(
        int(digits) for digits in re.findall(r"\d+", version.split(",")[0].split("+")[0])[:3]
    )
