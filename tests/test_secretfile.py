"""The file of the secret: one for all who start at once, for its owner alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smashpass.bootstrap.secretfile import read_or_make
from smashpass.core.errors import NotPossible


def test_a_secret_is_made_once_and_read_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "home" / "key"
    secret = read_or_make(path, 32)
    assert len(secret) >= 64
    assert read_or_make(path, 32) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key"]
    assert read_or_make(tmp_path / "other", 32) != secret


def test_many_who_start_at_once_get_the_same_secret(tmp_path: Path) -> None:
    for number in range(20):
        path = tmp_path / str(number) / "key"
        with ThreadPoolExecutor(8) as pool:
            secrets = set(pool.map(lambda _: read_or_make(path, 32), range(8)))  # noqa: B023
        assert len(secrets) == 1
        assert [file.name for file in path.parent.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    read_or_make(path, 32)
    path.chmod(mode)
    with pytest.raises(NotPossible, match="chmod 600"):
        read_or_make(path, 32)


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 64])
def test_a_damaged_secret_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(NotPossible, match="key"):
        read_or_make(path, 32)
    assert path.read_bytes() == content


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotPossible, match="SMASHPASS_HOME"):
        read_or_make(tmp_path / "file" / "key", 32)
    (tmp_path / "key").mkdir()
    with pytest.raises(NotPossible):
        read_or_make(tmp_path / "key", 32)
