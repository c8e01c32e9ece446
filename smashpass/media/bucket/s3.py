"""A bucket that speaks S3: connecting by s3fs, signing by botocore, and failures in one form.

Credentials, region and endpoint come from the usual environment and files of AWS
(``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_DEFAULT_REGION``, ``AWS_ENDPOINT_URL``).
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from smashpass.core.errors import BadSetting, MediaUnavailable, NotPossible

SETTING = "SMASHPASS_MEDIA_URL"
CONNECT_S = 3
READ_S = 10
_CONNECTIONS = 32
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """A bucket, and the prefix of all keys in it; "" for none."""

    bucket: str
    prefix: str

    def key(self, name: str) -> str:
        """Return the key of the object of that name."""
        return f"{self.prefix}/{name}" if self.prefix else name

    def __str__(self) -> str:
        """The address."""
        return f"s3://{self.key_in_bucket('')}".rstrip("/")

    def key_in_bucket(self, name: str) -> str:
        """Return bucket and key, as s3fs names objects."""
        return f"{self.bucket}/{self.key(name)}"


def place_of(url: str) -> BucketPlace:
    """Return the bucket and prefix that a media address names.

    Raises:
        BadSetting: It names none; credentials do not belong in it.
    """
    parts = urlsplit(url)
    prefix = parts.path.strip("/")
    valid = (
        parts.scheme == "s3"
        and _BUCKET.fullmatch(parts.netloc) is not None
        and (not prefix or (_PREFIX.fullmatch(prefix) and ".." not in prefix.split("/")))
        and not parts.query
        and not parts.fragment
    )
    if not valid:
        raise BadSetting(
            "the address names no bucket, or a prefix that cannot be one",
            where=SETTING,
            hint="write s3://BUCKET/PREFIX with letters, digits, '.', '_' and '-'; credentials "
            "are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    return BucketPlace(parts.netloc, prefix)


class Bucket:
    """The connection to a bucket; made by the first call of each process. Safe for threads."""

    def __init__(self, place: BucketPlace) -> None:
        """Connect to nothing yet.

        Raises:
            NotPossible: The packages of the extra ``s3`` are not installed.
        """
        if find_spec("s3fs") is None:
            raise NotPossible(
                "pictures in a bucket need the package s3fs, which is not installed",
                where=SETTING,
                hint="install smashpass with its extra s3: pip install 'smashpass[s3]'",
            )
        self.place = place
        self._connecting = threading.Lock()
        self._connected: tuple[int, Any] = (0, None)

    @contextmanager
    def calls(self) -> Iterator[Any]:
        """Yield the s3fs file system; every failure of a call is turned into one of ours.

        Raises:
            FileNotFoundError: There is no such object.
            MediaUnavailable: The server is not reached, or refuses.
        """
        # These take half a second to import, which only those pay who keep pictures in a bucket.
        from aiohttp import ClientError as ConnectionFailure
        from botocore.exceptions import BotoCoreError, ClientError
        from fsspec.exceptions import FSTimeoutError

        try:
            yield self._file_system()
        except FileNotFoundError as error:
            if "bucket" in str(error).lower():
                raise self._unavailable("there is no such bucket") from error
            raise
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if status == 404:
                raise FileNotFoundError(str(error)) from error
            raise self._unavailable(str(error)) from error
        except (OSError, BotoCoreError, ConnectionFailure, FSTimeoutError) as error:
            raise self._unavailable(str(error) or type(error).__name__) from error

    def signed_address(self, key: str, seconds: int, **answer: str) -> str:
        """Return an address that anybody can read an object at for ``seconds``.

        Args:
            key: Of the object.
            seconds: How long.
            answer: Headers that the server is to answer with, as parameters of ``get_object``.

        Raises:
            MediaUnavailable: There are no credentials to sign with.
        """
        from botocore.exceptions import BotoCoreError

        parameters = {"Bucket": self.place.bucket, "Key": key, **answer}
        try:
            address = self._signer.generate_presigned_url(
                "get_object", Params=parameters, ExpiresIn=seconds
            )
        except BotoCoreError as error:
            raise self._unavailable(str(error)) from error
        return str(address)

    @cached_property
    def _signer(self) -> Any:
        """What signs: it computes, and connects to nothing but a source of credentials."""
        import botocore.session
        from botocore.config import Config

        session = botocore.session.get_session()
        return session.create_client("s3", config=Config(signature_version="s3v4"))

    def _file_system(self) -> Any:
        """Return the connection of this process: one from before a fork is of no use."""
        with self._connecting:
            process, connected = self._connected
            if process != os.getpid():
                connected = _connect()
                self._connected = (os.getpid(), connected)
            return connected

    def _unavailable(self, detail: str) -> MediaUnavailable:
        return MediaUnavailable(
            f"the bucket of the pictures cannot be used: {detail[:300]}",
            where=str(self.place),
            hint="check the network, AWS_ENDPOINT_URL, the credentials and what they permit",
        )


def _connect() -> Any:
    """Return a file system of its own that remembers no listing and gives up soon."""
    from s3fs import S3FileSystem

    connected = S3FileSystem(
        anon=False,
        use_listings_cache=False,
        skip_instance_cache=True,
        config_kwargs={
            "connect_timeout": CONNECT_S,
            "read_timeout": READ_S,
            "retries": {"total_max_attempts": 2, "mode": "standard"},
            "max_pool_connections": _CONNECTIONS,
            "signature_version": "s3v4",
        },
    )
    connected.retries = 1  # botocore does it already
    return connected
