"""Files in one sealed piece: only what this installation sealed is ever opened.

Whoosh keeps its table of contents and its schema as pickles, and whoever reads a pickle runs what
is in it. A seal is an HMAC-SHA256 with a key that only the installation has, so that an index that
was exchanged, damaged or copied from elsewhere is never handed to Whoosh.

::

    0   seal of all that follows                    32 bytes
    32  length of the head                          4 bytes, little endian
    36  head: JSON {"digest": …, "files": {name: length}}
        the files, one after the other
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256

_SEAL_BYTES = 32
_START = _SEAL_BYTES + 4


def derived_key(secret: bytes) -> bytes:
    """Return the sealing key derived from the secret of an installation."""
    return hmac.digest(secret, b"smashpass: index of words", sha256)


def seal(files: Mapping[str, bytes], digest: str, key: bytes) -> bytes:
    """Return ``files`` as one sealed piece; ``digest`` says what they were made of."""
    head = {"digest": digest, "files": {name: len(content) for name, content in files.items()}}
    text = json.dumps(head, separators=(",", ":")).encode()
    body = b"".join([len(text).to_bytes(4, "little"), text, *files.values()])
    return hmac.digest(key, body, sha256) + body


def digest_of(sealed: bytes, key: bytes) -> str | None:
    """Return what the files were made of; None if the piece was not sealed with ``key``."""
    head = _head(sealed, key)
    return None if head is None else str(head[0]["digest"])


def unseal(sealed: bytes, key: bytes) -> dict[str, bytes] | None:
    """Return the files; None if the piece was not sealed with ``key``."""
    head = _head(sealed, key)
    if head is None:
        return None
    about, at = head
    files = {}
    for name, length in about["files"].items():
        files[name] = sealed[at : at + length]
        at += length
    return files


def _head(sealed: bytes, key: bytes) -> tuple[dict[str, dict[str, int]], int] | None:
    """Return the head and where the files begin, if the seal is right."""
    body = memoryview(sealed)[_SEAL_BYTES:]
    if not hmac.compare_digest(hmac.digest(key, body, sha256), sealed[:_SEAL_BYTES]):
        return None
    length = int.from_bytes(sealed[_SEAL_BYTES:_START], "little")
    return json.loads(sealed[_START : _START + length]), _START + length
