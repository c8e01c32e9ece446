"""Picture files as objects in a bucket. The bucket is private: the server decides who sees what.

Tombstones are objects too, so that every machine that imports knows what was taken down.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from cachetools import TTLCache

from smashpass.core.errors import NotPossible
from smashpass.core.pictures.picture import LONGEST_SIDE, Size
from smashpass.exchange import Endpoint, ExchangeFailed, exchange
from smashpass.media.bucket.s3 import Bucket
from smashpass.media.bucket.spool import tidy_spool
from smashpass.media.store import STORED, PictureStore, name_of, tombstone_of
from smashpass.services.ports.places import FileInMemory, Place, SignedAddress

AT_ONCE = 16
"""Objects that are read or written at the same time."""

REMEMBERED_BYTES = 64 << 20
"""Content of pictures that a process keeps in memory, so that popular ones are not read again."""

REMEMBERED_S = 60
"""How long: an import may correct what a file states, which then is shown by all processes."""

SIGNED_S = 600
"""How long a signed address works."""

REUSED_S = 300
"""How long the same address is given to everybody, so that browsers need not load it again."""

_KEPT_S = SIGNED_S - REUSED_S - 60
_ADDRESSES = 100_000
_TYPE = "image/webp"
_PROBE_S = 10.0


class ObjectStore(PictureStore):
    """A bucket of picture files."""

    def __init__(self, bucket: Bucket, spool: Path, *, direct: bool = False) -> None:
        """Use a bucket.

        Args:
            bucket: Where the objects are.
            spool: A folder of this machine for files on their way; made when it is needed.
            direct: Whether browsers get signed addresses instead of the content.
        """
        self.bucket = bucket
        self.spool = spool
        self._direct = direct
        self._looking = threading.Lock()
        self._contents: TTLCache[str, bytes] = TTLCache(
            REMEMBERED_BYTES, REMEMBERED_S, getsizeof=len
        )
        self._addresses: TTLCache[str, str] = TTLCache(_ADDRESSES, REUSED_S)

    def has(self, sha256: str, size: Size) -> bool:
        """Whether the object is there."""
        return self._exists(name_of(sha256, size))

    def read(self, sha256: str, size: Size) -> bytes:
        """Return an object."""
        name = name_of(sha256, size)
        with self.bucket.calls() as calls:
            return bytes(calls.cat_file(self.bucket.place.key_in_bucket(name)))

    def entity_tag(self, sha256: str, size: Size) -> str:
        """Return the server's tag of the content, with the time of writing."""
        head = self._head(name_of(sha256, size))
        return f"{head['ETag']}-{head['LastModified'].timestamp():.0f}"

    def files(self) -> Iterator[tuple[str, Size]]:
        """Yield every stored object; costs a request for 1,000 objects."""
        sizes: dict[str, Size] = {"small": "small", "large": "large"}
        for sha256, size in self._entries():
            if size is not None:
                yield sha256, sizes[size]

    def tombstones(self) -> Iterator[str]:
        """Yield what was taken down; costs what ``files`` costs."""
        for digest, size in self._entries():
            if size is None:
                yield digest

    def _entries(self) -> Iterator[tuple[str, str | None]]:
        """Yield the names of all objects; the size is None for a tombstone."""
        prefix = self.bucket.place.key("")
        page: dict[str, Any] = {}
        while page.get("IsTruncated", True):
            after = {"ContinuationToken": page["NextContinuationToken"]} if page else {}
            with self.bucket.calls() as calls:
                page = calls.call_s3(
                    "list_objects_v2", Bucket=self.bucket.place.bucket, Prefix=prefix, **after
                )
            for entry in page.get("Contents", ()):
                name = entry["Key"].removeprefix(prefix)
                stored = STORED.fullmatch(name.rpartition("/")[2])
                if stored and name == _name(stored[1], stored[2]):
                    yield stored[1], stored[2]

    def placed(self, sha256: str, size: Size) -> Place | None:
        """Return the content, or a signed address; None if the object is not there."""
        name = name_of(sha256, size)
        return self._signed(name) if self._direct else self._content(name, sha256, size)

    def _content(self, name: str, sha256: str, size: Size) -> FileInMemory | None:
        with self._looking:
            content = self._contents.get(name)
        if content is None:
            try:
                content = self.read(sha256, size)
            except FileNotFoundError:
                return None
            with self._looking, suppress(ValueError):  # larger than everything remembered
                self._contents[name] = content
        return FileInMemory(content)

    def _signed(self, name: str) -> SignedAddress | None:
        with self._looking:
            address = self._addresses.get(name)
        if address is None:
            if not self._exists(name):
                return None
            address = self.bucket.signed_address(
                self.bucket.place.key(name),
                SIGNED_S,
                ResponseContentType=_TYPE,
                ResponseCacheControl=f"private, max-age={SIGNED_S}",
            )
            with self._looking:
                self._addresses[name] = address
        return SignedAddress(address, _KEPT_S)

    def origin(self) -> str:
        """Return the origin that signed addresses have, for a Content-Security-Policy."""
        parts = urlsplit(self.bucket.signed_address(self.bucket.place.key("x"), 1))
        return f"{parts.scheme}://{parts.netloc}"

    @contextmanager
    def on_disk(self, pictures: Sequence[tuple[str, Size]]) -> Iterator[list[Path]]:
        """Lend copies, which are removed afterwards."""
        self.spool.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self.spool, prefix="lent-") as folder:
            paths = [Path(folder, f"{sha256}-{size}.webp") for sha256, size in pictures]

            def fetch(picture: tuple[str, Size], path: Path) -> None:
                with suppress(FileNotFoundError):
                    path.write_bytes(self.read(*picture))

            with ThreadPoolExecutor(AT_ONCE) as threads:
                list(threads.map(fetch, pictures, paths))
            yield paths

    def write(self, sha256: str, size: Size, content: bytes) -> None:
        """Write an object: S3 has it whole when it confirms it, or not at all."""
        self._put(name_of(sha256, size), content, _TYPE)

    def forbids(self, digest: str) -> bool:
        """Whether there is a tombstone."""
        return self._exists(tombstone_of(digest))

    def forbid(self, digest: str) -> None:
        """Write a tombstone."""
        self._put(tombstone_of(digest), b"", "application/octet-stream")

    def remove(self, sha256: str, sizes: Collection[Size] = tuple(LONGEST_SIDE)) -> None:
        """Remove objects of one picture, also from the memory of this process."""
        for size in sizes:
            name = name_of(sha256, size)
            self._delete(name)
            with self._looking:
                self._contents.pop(name, None)
                self._addresses.pop(name, None)

    def tidy(self) -> None:
        """Remove what killed processes left in the spool folder."""
        tidy_spool(self.spool)

    def check(self) -> str:
        """Write, read and remove an object, and see whether a stranger can read it."""
        name, content = f"probe-{secrets.token_hex(16)}", secrets.token_bytes(32)
        self._put(name, content, "application/octet-stream")
        try:
            with self.bucket.calls() as calls:
                intact = calls.cat_file(self.bucket.place.key_in_bucket(name)) == content
            public = self._stranger_reads(name, content)
        finally:
            self._delete(name)
        where = str(self.bucket.place)
        if not intact:
            raise NotPossible("an object is not read as it was written", where=where)
        if public:
            raise NotPossible(
                "the bucket answers without credentials: everybody can read every picture, also "
                "those in quarantine",
                where=where,
                hint="make it private: remove public policies and access lists",
            )
        return f"{where} is written, read and removed, and closed to strangers"

    def _stranger_reads(self, name: str, content: bytes) -> bool:
        """Ask for an object without a signature."""
        signed = self.bucket.signed_address(self.bucket.place.key(name), 60)
        parts = urlsplit(signed)
        endpoint = Endpoint.of(f"{parts.scheme}://{parts.netloc}")
        until = time.monotonic() + _PROBE_S
        try:
            answer = exchange(endpoint, "GET", parts.path, until=until, most=1 << 20)
        except ExchangeFailed as error:
            raise NotPossible(
                f"whether strangers can read the bucket is not known: {error.detail}",
                where=str(self.bucket.place),
                hint="run doctor again",
            ) from error
        return answer.status == 200 or content in answer.body

    def _exists(self, name: str) -> bool:
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def _head(self, name: str) -> dict[str, Any]:
        place = self.bucket.place
        with self.bucket.calls() as calls:
            head: dict[str, Any] = calls.call_s3(
                "head_object", Bucket=place.bucket, Key=place.key(name)
            )
        return head

    def _put(self, name: str, content: bytes, kind: str) -> None:
        with self.bucket.calls() as calls:
            calls.pipe_file(self.bucket.place.key_in_bucket(name), content, ContentType=kind)

    def _delete(self, name: str) -> None:
        with self.bucket.calls() as calls, suppress(FileNotFoundError):
            calls.rm_file(self.bucket.place.key_in_bucket(name))


def _name(sha256: str, size: str | None) -> str:
    """Return the name that a stored object has, size None for a tombstone."""
    if size is None:
        return tombstone_of(sha256)
    return name_of(sha256, "small" if size == "small" else "large")
