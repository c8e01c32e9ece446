"""An image generator on this machine, in both shapes, that fails as it is told."""

from __future__ import annotations

import base64
import io
import json
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

Answer = tuple[int, dict[str, str], bytes]


def png(seed: int, side: int = 48) -> bytes:
    """A picture that looks different for each seed."""
    noise = Image.frombytes("RGB", (4, 4), bytes((seed * (place + 7)) % 256 for place in range(48)))
    file = io.BytesIO()
    noise.resize((side, side), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


class LocalGenerator(ThreadingHTTPServer):
    """Answers well, except for what ``script`` says of the next calls.

    Attributes:
        script: What the next calls get instead: an answer, or seconds before the good one.
        calls: The documents that came, in their order.
        binary: Whether ``oip`` answers with a binary tensor.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: deque[Answer | float] = deque()
        self.calls: list[dict[str, Any]] = []
        self.tokens: list[str | None] = []
        self.headers: dict[str, str] = {}
        self.binary = False
        self.delay_s = 0.0
        self.refuses: Callable[[dict[str, Any]], Answer | None] = lambda _document: None
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: LocalGenerator

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        document = json.loads(body)
        self.server.calls.append(document)
        self.server.tokens.append(self.headers["Authorization"])
        step = self.server.script.popleft() if self.server.script else self.server.delay_s
        refusal = self.server.refuses(document)
        if isinstance(step, float):
            time.sleep(step)
            status, headers, answer = refusal or self._good(document)
        else:
            status, headers, answer = step
        self.send_response(status)
        for name, value in {**self.server.headers, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _good(self, document: dict[str, Any]) -> Answer:
        if self.path == "/v1/images/generations":
            text = base64.b64encode(png(document.get("seed", 5))).decode()
            return 200, {}, json.dumps({"data": [{"b64_json": text}]}).encode()
        assert self.path == "/v2/models/painter/infer"
        inputs = {tensor["name"]: tensor for tensor in document["inputs"]}
        data = png(inputs["seed"]["data"][0])
        output: dict[str, Any] = {"name": "image", "datatype": "BYTES", "shape": [1, 1]}
        answer = {"model_name": "painter", "model_version": "7", "outputs": [output]}
        if not self.server.binary:
            output["data"] = [base64.b64encode(data).decode()]
            return 200, {}, json.dumps(answer).encode()
        output["parameters"] = {"binary_data_size": len(data) + 4}
        head = json.dumps(answer).encode()
        length = {"Inference-Header-Content-Length": str(len(head))}
        return 200, length, head + struct.pack("<I", len(data)) + data

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def local_generator() -> Iterator[LocalGenerator]:
    with LocalGenerator() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
