"""A model server for measures: answers in time, slowly, byte by byte, or not always."""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from contextlib import suppress
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEALTHY_S, SLOW_S, DRIP_S, FLAP_S = 0.25, 1.5, 0.05, 2.0

_counts = {"calls": 0, "images": 0}
_counting = threading.Lock()


def score_of(picture: bytes) -> float:
    """Return the score that the model gives a picture."""
    return blake2b(picture, digest_size=2).digest()[0] / 256


class Handler(BaseHTTPRequestHandler):
    """Answers by the Open Inference Protocol; the name of the model says how well."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Tell how much was asked; there is no metadata."""
        known = self.path == "/counts"
        self._send(
            json.dumps(_counts if known else {"error": "unknown"}).encode(), 200 if known else 404
        )

    def do_POST(self) -> None:
        """Score pictures."""
        model = self.path.split("/")[3]
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        pictures = [base64.b64decode(text) for text in request["inputs"][0]["data"]]
        with _counting:
            _counts["calls"] += 1
            _counts["images"] += len(pictures)
        if model == "flapping" and int(time.monotonic() / FLAP_S) % 2:
            self._send(b'{"error": "not ready"}', 503)
            return
        time.sleep({"slow": SLOW_S, "fast": 0.0}.get(model, HEALTHY_S))
        output = {
            "name": "aesthetic",
            "datatype": "FP32",
            "shape": [len(pictures), 1],
            "data": [score_of(picture) for picture in pictures],
        }
        answer = {"model_name": model, "model_version": "1", "outputs": [output]}
        if "id" in request:
            answer["id"] = request["id"]
        self._send(json.dumps(answer).encode(), 200, drip_s=DRIP_S if model == "dripping" else 0.0)

    def _send(self, body: bytes, status: int, drip_s: float = 0.0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):
            if not drip_s:
                self.wfile.write(body)
                return
            for place in range(len(body)):
                self.wfile.write(body[place : place + 1])
                time.sleep(drip_s)
        self.close_connection = True


class Server(ThreadingHTTPServer):
    """One thread a connection; who hangs up is nobody's concern."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *arguments: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
