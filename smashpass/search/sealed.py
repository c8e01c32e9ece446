"""Files in one sealed piece: only what this installation sealed is ever opened.

Whoosh keeps its table of contents and its schema as pickles, and whoever reads a pickle runs what
is in it. A seal is a signature by a key that only the installation has, so that an index that
was exchanged, damaged or copied from elsewhere is never handed to Whoosh.

::

    0   length of the head                          4 bytes, little endian
    4   head: JSON {"digest": …, "files": {name: length}}
        the files, one after the other
        "." and the signature (HMAC-SHA256 in base 64), as itsdangerous writes it
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from itsdangerous import BadSignature, Signer

_SALT = "smashpass: index of words"
_START = 4


def seal(files: Mapping[str, bytes], digest: str, secret: bytes) -> bytes:
    """Return ``files`` as one sealed piece; ``digest`` says what they were made of."""
    head = {"digest": digest, "files": {name: len(content) for name, content in files.items()}}
    text = json.dumps(head, separators=(",", ":")).encode()
    body = b"".join([len(text).to_bytes(_START, "little"), text, *files.values()])
    return _signer(secret).sign(body)


def digest_of(sealed: bytes, secret: bytes) -> str | None:
    """Return what the files were made of; None if the piece was not sealed with ``secret``."""
    content = _content(sealed, secret)
    return None if content is None else str(content[0]["digest"])


def unseal(sealed: bytes, secret: bytes) -> dict[str, bytes] | None:
    """Return the files; None if the piece was not sealed with ``secret``."""
    content = _content(sealed, secret)
    if content is None:
        return None
    head, body, start = content
    files = {}
    for name, length in head["files"].items():
        files[name] = body[start : start + length]
        start += length
    return files


def _content(sealed: bytes, secret: bytes) -> tuple[dict[str, dict[str, int]], bytes, int] | None:
    """Return the head, the body, and where the files begin in it, if the seal is right."""
    try:
        body = _signer(secret).unsign(sealed)
    except BadSignature:
        return None
    start = _START + int.from_bytes(body[:_START], "little")
    return json.loads(body[_START:start]), body, start


def _signer(secret: bytes) -> Signer:
    return Signer(secret, salt=_SALT, key_derivation="hmac", digest_method=sha256)
