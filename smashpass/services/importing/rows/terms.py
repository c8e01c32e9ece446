"""The terms that a credit may use: SPDX ids, what is depicted, truth."""

from __future__ import annotations

from urllib.parse import urlsplit

MAX_LICENCE = 500

# Source: SPDX License List 3.x, https://spdx.org/licenses/ (the ids that picture collections and
# programs which make pictures use; a test compares the spelling with a full copy of the list).
_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
_SPDX = (
    *(f"CC-{terms}-{version}"
      for terms in ("BY", "BY-NC", "BY-NC-ND", "BY-NC-SA", "BY-ND", "BY-SA")
      for version in _VERSIONS),
    *(f"CC-{terms}-3.0-IGO" for terms in ("BY", "BY-NC-ND", "BY-NC-SA", "BY-SA")),
    "CC0-1.0", "CC-PDDC", "CC-PDM-1.0", "CC-SA-1.0",
    "0BSD", "AGPL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-2.0", "Artistic-2.0",
    "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "C-UDA-1.0",
    "CDLA-Permissive-1.0", "CDLA-Permissive-2.0", "CDLA-Sharing-1.0",
    "DL-DE-BY-2.0", "DL-DE-ZERO-2.0", "etalab-2.0", "EUPL-1.1", "EUPL-1.2",
    "GFDL-1.1-only", "GFDL-1.1-or-later", "GFDL-1.2-only", "GFDL-1.2-or-later",
    "GFDL-1.3-only", "GFDL-1.3-or-later",
    "GPL-2.0", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0", "GPL-3.0-only", "GPL-3.0-or-later",
    "ISC", "LAL-1.2", "LAL-1.3",
    "LGPL-2.1", "LGPL-2.1-only", "LGPL-2.1-or-later",
    "LGPL-3.0", "LGPL-3.0-only", "LGPL-3.0-or-later",
    "MIT", "MIT-0", "MPL-2.0", "NIST-PD", "ODbL-1.0", "ODC-By-1.0", "OFL-1.1",
    "OGL-Canada-2.0", "OGL-UK-1.0", "OGL-UK-2.0", "OGL-UK-3.0", "PDDL-1.0",
    "Unlicense", "WTFPL", "Zlib",
)  # fmt: skip
SPDX_IDS = {name.casefold(): name for name in _SPDX}
"""Licence ids by their case folded form."""

DEPICTS = frozenset({"adult", "creature", "object"})

_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})


def licence_of(text: str) -> str | None:
    """Return the canonical spelling of a licence, or None if it is neither SPDX id nor URL."""
    spdx_id = SPDX_IDS.get(text.casefold())
    if spdx_id is not None:
        return spdx_id
    if len(text) > MAX_LICENCE or not text.isprintable() or " " in text:
        return None
    try:
        url = urlsplit(text)
        host = url.hostname
    except ValueError:
        return None
    return text if url.scheme in ("http", "https") and host else None


def truth_of(text: str) -> bool | None:
    """Return what ``true``, ``false`` and their like mean, or None."""
    folded = text.casefold()
    return True if folded in _TRUE else False if folded in _FALSE else None
