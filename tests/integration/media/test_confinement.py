"""A decoder that was taken over by a picture can do nothing but decode."""

from __future__ import annotations

import subprocess
import sys

import pytest

ATTEMPTS = {
    "connect": "import socket; socket.socket()",
    "connect over IPv6": "import socket; socket.socket(socket.AF_INET6)",
    "datagrams": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "unix socket": "import socket; socket.socket(socket.AF_UNIX)",
    "raw socket": "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "start a program": "import os; os.execv('/bin/true', ['true'])",
    "io_uring": "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); "
    "number = libc.syscall(425, 8, ctypes.create_string_buffer(200)); "
    "error = ctypes.get_errno(); number >= 0 or (_ for _ in ()).throw(OSError(error, ''))",
}


def ended(attempt: str, confined: bool) -> str:
    """Return what became of an attempt in a process of its own."""
    code = (
        "from smashpass.media.confinement import confine\n"
        f"{'confine()' if confined else ''}\n"
        f"try:\n    {attempt}\nexcept OSError as error:\n    print(error.errno)\n"
        "else:\n    print('done')"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_confined_process_opens_no_connection_and_starts_no_program(attempt):
    assert ended(ATTEMPTS[attempt], confined=True) == "1", "not refused with EPERM"


def test_without_it_a_connection_can_be_opened():
    assert ended(ATTEMPTS["connect"], confined=False) == "done"


def test_threads_files_and_memory_still_work():
    work = (
        "import threading, tempfile; thread = threading.Thread(target=bytes); thread.start(); "
        "thread.join(); tempfile.TemporaryFile().write(bytes(1_000_000))"
    )
    assert ended(work, confined=True) == "done"
