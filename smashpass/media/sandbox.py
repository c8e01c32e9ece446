"""Whether pictures are decoded in a process with limits and without network: it is tried."""

from __future__ import annotations

import resource
import socket
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from smashpass.core.errors import NotPossible
from smashpass.core.pictures.picture import Picture
from smashpass.media.pool import WAIT_S, DecoderPool, Task
from smashpass.media.worker import CPU_S, MEMORY_BYTES

_SIDE = 16


def limits_in_force() -> tuple[str, list[str], bool]:
    """Decode a tiny picture as an import would, and try to connect; takes some 600 ms.

    Returns:
        What is limited, in words, which of the limits do not hold, and whether connections can be
        opened.

    Raises:
        NotPossible: No process can be started, or it cannot decode.
    """
    picture = BytesIO()
    Image.new("RGB", (_SIDE, _SIDE), "teal").save(picture, "PNG")
    try:
        with TemporaryDirectory(prefix="smashpass-") as folder:
            path = Path(folder, "tiny.png")
            path.write_bytes(picture.getvalue())
            with DecoderPool(Path(folder), 1) as pool:
                (result,) = pool.inspect([Task(str(path), ())])
                (pid,) = pool.process_ids()
                # Read from outside: what the process says of itself would prove nothing.
                memory = resource.prlimit(pid, resource.RLIMIT_AS)[0]
                seconds = resource.prlimit(pid, resource.RLIMIT_CPU)[0]
                connects = _connects(pool)
    except OSError as error:
        raise NotPossible(
            f"no picture can be written to decode it: {error.strerror}",
            where=error.filename or "",
            hint="free some space in the temporary folder, or name another one in TMPDIR",
        ) from error
    if not isinstance(result, Picture):
        raise NotPossible(f"a sound picture cannot be decoded: {result.reason}")
    missing = []
    if not 0 <= memory <= MEMORY_BYTES:
        missing.append("memory")
    if not 0 <= seconds <= 2 * CPU_S:
        missing.append("computing time")
    return (
        f"each picture is decoded in a process of its own, with {memory >> 20:,} MiB of memory, "
        f"{CPU_S} s of computing, {WAIT_S:.0f} s in all, and no network (seccomp)",
        missing,
        connects,
    )


def _connects(pool: DecoderPool) -> bool:
    """Whether a connection from a child arrives at a socket of this process."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        pool.make_connect(server.getsockname()[1])
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return False
    return True
