"""``/metrics`` while another process is only making the file of its counts."""

from __future__ import annotations

import struct
import threading

import pytest

from smashpass.web.metrics import FOLDER_VARIABLE, Metrics

EMPTY_COUNTS = struct.pack("ii", 8, 0) + bytes(4_088)


def test_a_file_that_is_just_being_made_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    file = tmp_path / "counter_4194304.db"
    file.touch()
    writer = threading.Timer(0.03, file.write_bytes, [EMPTY_COUNTS])
    writer.start()
    assert Metrics().answer([]).status_code == 200
    writer.join()


def test_a_file_that_stays_damaged_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "counter_4194304.db").touch()
    with pytest.raises(struct.error):
        Metrics().answer([])
