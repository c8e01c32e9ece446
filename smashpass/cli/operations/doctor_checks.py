"""The checks of ``smashpass doctor``. Each returns what it found, or raises what is wrong."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import stat
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

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
    """Check the versions of Python and of what the program needs."""
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        raise NotPossible(f"Python {version} is too old", hint="install Python 3.11 or newer")
    try:
        required = metadata.requires("smashpass") or []
        own = metadata.version("smashpass")
    except metadata.PackageNotFoundError as error:
        raise NotPossible("smashpass is not installed", hint="run scripts/setup") from error
    found = [f"smashpass {own}"]
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
        found.append(f"{name} {present}")
    return f"{version}; {', '.join(found)}"


def settings_in_words(settings: Settings) -> str:
    """Return where the settings came from."""
    given = [setting.variable for setting in TABLE if settings.origin[setting.name] != "default"]
    return f"{len(TABLE)} read; set: {', '.join(given) or 'none'}"


def home_writable(home: Path) -> str:
    """Check that files can be made below home."""
    if not home.is_dir():
        raise NotPossible(
            "the folder of the installation does not exist",
            where=str(home),
            hint="import something, or correct SMASHPASS_HOME",
        )
    try:
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(b"x")
    except OSError as error:
        raise NotPossible(
            f"the folder of the installation cannot be written: {error.strerror}",
            where=str(home),
            hint="check its owner and its mode",
        ) from error
    return str(home)


def disk_space(home: Path) -> str:
    """Check that there is room to go on."""
    place = next(each for each in (home, *home.parents) if each.exists())
    free = shutil.disk_usage(place).free
    shown = f"{free / (1 << 30):.1f} GiB free"
    if free < LEAST_FREE:
        raise NotPossible(f"only {shown}", where=str(place), hint="free some disk space")
    return shown


def secret_key(settings: Settings) -> str:
    """Check that nobody else can read the signing key."""
    if settings.values["secret_key"] is not None:
        return f"given by {settings.origin['secret_key']}"
    path = settings.home / KEY_FILE
    try:
        found = path.stat()
    except FileNotFoundError:
        return "none yet; made when the server first starts"
    except OSError as error:
        raise NotPossible(
            f"the key cannot be read: {error.strerror}", where=str(path), hint="check its owner"
        ) from error
    mode = stat.S_IMODE(found.st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NotPossible(
            f"the key has mode {mode:04o}", where=str(path), hint=f"chmod 0600 {path}"
        )
    if found.st_size < SECRET_MIN_LENGTH:
        raise NotPossible(
            "the key is too short", where=str(path), hint="remove the file to have one made"
        )
    return "readable for its owner alone"


def open_to_others(settings: Settings) -> str:
    """Return how many files others may read and the command that mends it; empty if none."""
    from smashpass.media.folder import folder_of

    home = settings.home
    roots = [home]
    media = folder_of(settings.text("media_url"))
    if not media.is_relative_to(home):
        roots.append(media)
    exposed = {root: _exposed(root) for root in roots if root.is_dir()}
    commands = [
        f"chmod -R go= {shlex.quote(str(root))}" for root, count in exposed.items() if count
    ]
    if not commands:
        return ""
    total = sum(exposed.values())
    return f"others may read or change {total:,} files and folders; run: {' && '.join(commands)}"


def _exposed(root: Path) -> int:
    """Count the files and folders at and below ``root`` whose mode lets others in."""
    count = 0
    for folder, _, names in os.walk(root):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:  # a server beside us removed it
                continue
            # Modes of links mean nothing, and --bind says who may ask at a socket.
            kept = stat.S_ISREG(mode) or stat.S_ISDIR(mode)
            count += kept and bool(mode & 0o077)
    return count


def second_factors(installation: Installation) -> str:
    """Check that the secret key is the one with which secrets were encrypted."""
    settings, accounts = installation.settings, installation.accounts
    if settings.values["secret_key"] is None and not (settings.home / KEY_FILE).exists():
        names = [account.name for account in accounts.everyone() if account.second_factor]
    else:
        names = accounts.unreadable_secrets()
    if names:
        raise NotPossible(
            f"the secret key is not the one that encrypted the second factor of {', '.join(names)}",
            hint="bring the key back, or run: smashpass admin recover NAME",
        )
    return "the secret key fits all second factors"


def lock(home: Path) -> str:
    """Tell whether an import is running."""
    return f"import lock {lock_state(home)}"


def database(installation: Installation) -> str:
    """Check that the database answers and has the tables of this program."""
    from smashpass.store.engine.database import schema_head, schema_version

    installation.require_library()
    version, head = schema_version(installation.engine), schema_head()
    if version != head:
        raise NotPossible(
            f"the schema is at {version}, this program needs {head}",
            hint="any import brings it up to date; back up first",
        )
    return f"reachable, schema {version}"


def durable(installation: Installation) -> str:
    """Check that what is confirmed is on disk."""
    from smashpass.store.operations.health import durability

    return durability(installation.engine)


def integrity(installation: Installation) -> str:
    """Check that the database file is as it was written."""
    from smashpass.store.operations.health import quick_check

    return quick_check(installation.engine)


def clock(installation: Installation) -> str:
    """Check that the clock is not behind what was already done."""
    now = time.time_ns() // 1_000
    newest = max((change.at for change in installation.changes.history(limit=1)), default=0)
    if newest > now + _SKEW_US:
        raise NotPossible(
            f"it is {moment(now)}, but the newest change is of {moment(newest)}",
            hint="set the clock of this machine",
        )
    return moment(now)


def snapshot(installation: Installation) -> str:
    """Check that the newest snapshot is whole and belongs to this database."""
    index = installation.snapshots.load_newest()
    if index is None:
        raise NotPossible("there is no snapshot", hint="make one with `smashpass index build`")
    version = installation.changes.latest()
    if index.version > version:
        raise NotPossible(
            f"the snapshot is of version {index.version}, the database only at {version}",
            hint="it belongs to another database; make one with `smashpass index build`",
        )
    behind = version - index.version
    tail = f", {behind:,} changes to follow" if behind else ""
    return f"version {index.version} with {len(index.live):,} images, checksums right{tail}"


def rules(installation: Installation) -> str:
    """Check that the active revision can be read and passes its own tests."""
    revision = installation.revisions.active()
    if revision is None:
        raise NotPossible(
            "no rules are published",
            hint="publish some: smashpass rules publish rules --reason 'first rules'",
        )
    loaded = load_texts(revision.files)
    require_good(loaded)
    tests = sum(len(each) for each in loaded.examples.values())
    name = revision.sha256[:SHOWN_DIGITS]
    return f"revision {name}: {len(loaded.trees)} trees, {tests} tests pass"


def screening(installation: Installation) -> str:
    """Count the images that are hidden for their tags: of under age, or denied."""
    withheld = installation.library.withheld
    counts = {
        "tags under age": withheld.under_age,
        "tags to be reviewed": withheld.unreviewed,
        "denied tags": withheld.denied,
    }
    return f"{len(withheld.images):,} images hidden" + "".join(
        f"; {len(images):,} for {why}" for why, images in counts.items() if images
    )


def picture_hashes(installation: Installation) -> str:
    """Count the pictures whose look is not known, which no takedown of another file finds."""
    missing = len(installation.catalogue.pictures_without_signature())
    return f"{missing:,} pictures lack them; smashpass media hash" if missing else "all there"


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, for comparing."""
    return tuple(int(each) for each in re.findall(r"\d+", version.split(",")[0].split("+")[0])[:3])
