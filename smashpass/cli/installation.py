"""How commands get at the installation that the settings describe."""

from __future__ import annotations

import os

from smashpass.bootstrap import Installation
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
