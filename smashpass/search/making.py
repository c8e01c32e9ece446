"""Making the index of words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from tempfile import TemporaryDirectory

from smashpass.search.sealed import seal
from smashpass.services.dictionary import Word

_FORM = "words 1, whoosh 2.7.4"


def digest(words: Sequence[Word]) -> str:
    """Return the digest of all that an index of ``words`` is made of."""
    return sha256(json.dumps([_FORM, [asdict(word) for word in words]]).encode()).hexdigest()


def make(words: Sequence[Word], key: bytes) -> bytes:
    """Return the index of ``words``, sealed. About 0.3 s a 1,000 tags."""
    from whoosh.filedb.filestore import FileStorage, RamStorage

    from smashpass.search.fields import document, languages_of, schema

    storage = RamStorage()
    with TemporaryDirectory(prefix="smashpass-words-") as folder:
        # Whoosh would sort in one folder of the machine for all processes, and remove it
        # under those of another that is at work.
        storage.temp_storage = lambda name: FileStorage(f"{folder}/{name}").create()
        writer = storage.create_index(schema(languages_of(words))).writer()
        for word in words:
            writer.add_document(**document(word))
        writer.commit()
    files = {name: bytes(content) for name, content in sorted(storage.files.items())}
    return seal(files, digest(words), key)
