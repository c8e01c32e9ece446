"""Checks of machine, settings and files. Each returns its finding, or raises an error."""

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

from smashpass.bootstrap.inspection import media_root
from smashpass.core.errors import NotPossible
from smashpass.importing.runs.lock import lock_state
from smashpass.services.operations.scorers import CheckResult
from smashpass.setting import SECRET_MIN_LENGTH
from smashpass.settings import KEY_FILE, TABLE, Settings

OLDEST_PYTHON = (3, 11)
LEAST_FREE = 512 << 20
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


def proxies(settings: Settings) -> CheckResult:
    """Name the trusted proxies; warn if there is none where one is needed, or everybody is one."""
    proxies = settings.trusted_proxies
    everybody = [str(network) for network in proxies.networks if network.prefixlen == 0]
    if everybody:
        return CheckResult(
            f"SMASHPASS_TRUSTED_PROXIES has {' and '.join(everybody)}, so whoever connects can "
            "write the address of the client; name the addresses of the proxies alone",
            is_warning=True,
        )
    names = [*map(str, proxies.networks), *(["the unix socket"] if proxies.unix else [])]
    if names:
        return CheckResult(f"trusted: {', '.join(names)}")
    if settings.values["accel_redirect"] is not None:
        return CheckResult(
            "SMASHPASS_ACCEL_REDIRECT is set, so nginx is in front, but no proxy is trusted, and "
            "all clients count as one; name its address in SMASHPASS_TRUSTED_PROXIES",
            is_warning=True,
        )
    return CheckResult("none is trusted: clients have the address they connect from")


def open_to_others(settings: Settings) -> str:
    """Return how many files others can access and the command that fixes it; empty if none."""
    home = settings.home
    roots = [home]
    media = media_root(settings)
    if media is not None and not media.is_relative_to(home):
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


def lock(home: Path) -> str:
    """Return whether an import is running."""
    return f"import lock {lock_state(home)}"


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, for comparing."""
    return tuple(
        int(digits) for digits in re.findall(r"\d+", version.split(",")[0].split("+")[0])[:3]
    )
