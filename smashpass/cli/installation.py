"""Opens the installation that the settings describe."""

from __future__ import annotations

import os
import pwd

from smashpass.bootstrap.container import Container, build
from smashpass.settings import load


def open_services(*, create: bool = False) -> Container:
    """Return the services of the installation; with ``create``, create home and schema if absent.

    Raises:
        NotPossible: There is no library yet, and ``create`` is not set.
        BadSetting: A setting has an invalid value.
    """
    services = build(load(os.environ))
    if create:
        services.prepare()
    else:
        services.require_library()
    return services


def operator() -> str:
    """Return the operating system user, recorded in the change log."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        # Containers often run under a user id without a passwd entry.
        return f"uid {uid}"
