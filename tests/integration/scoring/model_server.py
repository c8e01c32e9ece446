"""A model server that speaks the Open Inference Protocol, well or in every way badly.

``python model_server.py`` prints its port. The name of the model says how it behaves. It gives each
picture a score made of its bytes; ``GET /asked`` tells what it was asked.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ASKED: dict[str, list] = {}
FLAKY = {"down": False}


def score_of(data: bytes) -> float:
    return sum(data) % 1_000 / 1_000


def good(scores: list, name: str = "aesthetic") -> dict:
    n = len(scores)
    return {
        "model_name": "test",
        "model_version": "7",
        "outputs": [
            {"name": name, "datatype": "FP32", "shape": [n, 1], "data": scores},
            {"name": "sharp", "datatype": "FP32", "shape": [n], "data": [0.5] * n},
            {"name": "dist", "datatype": "FP32", "shape": [n, 2], "data": [0.5, 0.5] * n},
            {"name": "label", "datatype": "BYTES", "shape": [n, 1], "data": ["x"] * n},
        ],
    }


def lying(mode: str, scores: list) -> object:
    n = len(scores)
    answer = good(scores)
    output = answer["outputs"][0]
    if mode == "wrong_count":
        output["data"] = scores[:-1]
    elif mode == "wrong_shape":
        output["shape"] = [n + 1, 1]
    elif mode == "no_shape":
        del output["shape"]
    elif mode == "nan":
        output["data"] = [float("nan"), *scores[1:]]
    elif mode == "infinite":
        output["data"] = [float("inf"), *scores[1:]]
    elif mode == "gigantic":
        output["data"] = [10**400, *scores[1:]]
    elif mode == "truth":
        output["data"] = [True, *scores[1:]]
    elif mode == "text":
        output["data"] = ["0.5", *scores[1:]]
    elif mode == "text_data":
        output["data"] = "x" * n
    elif mode == "null_data":
        output["data"] = None
    elif mode == "no_outputs":
        del answer["outputs"]
    elif mode == "empty_outputs":
        answer["outputs"] = []
    elif mode == "list":
        return [answer]
    elif mode == "strings":
        answer["outputs"] = ["aesthetic"]
    elif mode == "odd_shape":
        output["shape"] = ["n", 1]
    elif mode == "more_outputs":
        labels = {"name": "labels", "datatype": "BYTES", "shape": [5], "data": list("abcde")}
        whole = {"name": "mean", "datatype": "FP32", "shape": [n + 1, 1], "data": [0.5] * (n + 1)}
        answer["outputs"] = [
            labels,
            *answer["outputs"],
            whole,
            whole | {"name": "one", "shape": [], "data": [0.5]},
        ]
    elif mode == "doubles":
        answer["outputs"] = [output | {"datatype": "FP64"}]
    return answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments) -> None:
        pass

    def do_GET(self) -> None:
        mode = self.path.rpartition("/")[2]
        if self.path.startswith("/flaky/"):
            FLAKY["down"] = mode == "down"
        self.send(json.dumps(ASKED.get(mode, [])).encode())

    def do_POST(self) -> None:
        mode = self.path.split("/")[-2]
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = {"path": self.path, "question": question, "headers": dict(self.headers)}
        ASKED.setdefault(mode, []).append(request)
        pictures = [base64.b64decode(text) for text in question["inputs"][0]["data"]]
        scores = [score_of(data) for data in pictures]
        self.answer(mode, scores)

    def answer(self, mode: str, scores: list) -> None:
        body = json.dumps(lying(mode, scores)).encode()
        if mode == "nested":
            body = json.dumps(good([[score] for score in scores])).encode()
        if mode == "slow":
            time.sleep(10)
        if mode == "silent":
            time.sleep(30)
        if mode == "deep":
            body = b"[" * 100_000
        if mode == "not_json":
            body = b"<html>Welcome</html>"
        if mode == "huge":
            body = body[:-1] + b" " * 50_000_000 + b"}"
        if mode == "error" or (mode == "flaky" and FLAKY["down"]):
            self.send(b'{"error": "model is not ready"}', status=500)
        elif mode == "empty_204":
            self.send(b"", status=204)
        elif mode == "redirect":
            self.send(b"", status=307, location="/v2/models/fast/infer")
        elif mode == "garbage":
            self.wfile.write(b"\0\xff" * 500 + b"\r\n\r\n")
            self.close_connection = True
        elif mode == "many_headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000)
            self.close_connection = True
        elif mode == "hang_up":
            self.close_connection = True
        elif mode == "half":
            self.send(body[: len(body) // 2], length=len(body))
            self.close_connection = True
        elif mode == "drip_headers":
            self.drip(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500)
        elif mode == "drip_body":
            self.drip(body, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        elif mode == "endless":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(100_000):
                self.wfile.write(b"400\r\n" + b" " * 1_024 + b"\r\n")
        else:
            self.send(body)

    def drip(self, body: bytes, at_once: bytes = b"") -> None:
        self.wfile.write(at_once)
        for byte in body:
            self.wfile.write(bytes([byte]))
            time.sleep(0.02)
        self.close_connection = True

    def send(self, body: bytes, *, status=200, location="", length=None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ValueError):
            self.close_connection = True  # whoever asked did not wait for the end

    def finish(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().finish()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *arguments) -> None:
        pass


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
