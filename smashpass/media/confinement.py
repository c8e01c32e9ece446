"""What a decoder may never do again: open a connection, start a program, look into a process.

A seccomp filter of the kernel refuses it. That needs neither rights nor a package, and holds where
namespaces are forbidden, as in the units of `deploy/systemd` and in most containers.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_SET_NO_NEW_PRIVILEGES = 38
_SET_SECCOMP = 22
_FILTER = 2

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""How the kernel names the machines whose numbers are below."""

_FORBIDDEN = {
    # socket, connect, fork, vfork, execve, ptrace, process_vm_readv and _writev, execveat
    "x86_64": (41, 42, 57, 58, 59, 101, 310, 311, 322),
    # socket, connect, execve, ptrace, process_vm_readv and _writev, execveat
    "aarch64": (198, 203, 221, 117, 270, 271, 281),
}
_FORBIDDEN_EVERYWHERE = (425,)  # io_uring_setup, which opens connections without those calls
_FIRST_X32 = 0x40000000

_LOAD_WORD = 0x20
_JUMP_EQUAL = 0x15
_JUMP_AT_LEAST = 0x35
_RETURN = 0x06
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4


def confine() -> None:
    """Refuse these calls to this process and all that it may start, for good.

    Where the kernel or the machine knows no such filter nothing is refused; ``doctor`` tells.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES or struct.calcsize("P") != 8:
        return
    program = _program(_ARCHITECTURES[machine], (*_FORBIDDEN[machine], *_FORBIDDEN_EVERYWHERE))
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(instructions))
    filter_at = ctypes.create_string_buffer(header, len(header))
    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    prctl(_SET_SECCOMP, _FILTER, ctypes.addressof(filter_at), 0, 0)


def _program(architecture: int, forbidden: tuple[int, ...]) -> bytes:
    """Return the filter: calls of another architecture and those that are forbidden are refused."""
    length = len(forbidden)
    instructions = [
        (_LOAD_WORD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_EQUAL, 0, length + 3, architecture),
        (_LOAD_WORD, 0, 0, _NUMBER_AT),
        (_JUMP_AT_LEAST, length + 1, 0, _FIRST_X32),
        *((_JUMP_EQUAL, length - place, 0, number) for place, number in enumerate(forbidden)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
