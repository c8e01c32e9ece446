"""How commands get at the installation that the settings describe."""

from __future__ import annotations

import os
import pwd

from smashpass.bootstrap.installation import Installation
from smashpass.settings import load


def open_installation(*, create: bool = False) -> Installation:
    """Return the installation; with ``create``, its home and schema are made if absent.

    Raises:
        NotPossible: There is no library yet, and none is to be made.
        BadSetting: A setting holds a value that it cannot hold.
    """
    installation = Installation(load(os.environ))
    if create:
        installation.prepare()
    else:
        installation.require_library()
    return installation


def operator() -> str:
    """Return who is typing, for the change log: the user of the operating system."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        # Containers often run under a number that no user has.
        return f"uid {number}"
