"""A model server that speaks the Open Inference Protocol, well or in every way badly.

``python model_server.py`` prints its port. The name of the model says how it behaves. It gives each
picture a score made of its bytes; ``GET /asked`` tells what it was asked.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from metadata_modes import METADATA, server_document
from tensor_twin import LENGTH, read_question, write_binary

ASKED: dict[str, list] = {}
FLAKY = {"down": False}
VERSIONS: dict[str, str] = {}
"""The version of a model, where ``GET /version/MODE/VERSION`` has set one."""
UNHURRIED_S = 0.1


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
    answer = good(scores) | {"model_name": unquote(mode)}
    output = answer["outputs"][0]
    answer["model_version"] = VERSIONS.get(mode, answer["model_version"])
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
    elif mode == "declared_doubles":
        output["datatype"] = "FP64"
    elif mode == "declared_wrong_shape":
        output |= {"shape": [n + 1, 1], "data": [*scores, 0.5]}
    elif mode == "lists_of_two":
        output["data"] = [[scores[0], 0.5], *scores[1:]]
    elif mode == "only_nan":
        answer["outputs"] = [output | {"data": [float("nan")] * n}]
    elif mode == "twice":
        answer["outputs"].append(dict(output))
    elif mode == "endless_shape":
        output["shape"] = [9] * 200_000
    elif mode == "names":
        answer["outputs"] = [
            output | {"name": "Aesthetic-Score"},
            output | {"name": "NSFW", "data": [0.25] * n},
            output | {"name": "sharp"},
            output | {"name": "Other One"},
        ]
    elif mode == "other_id":
        answer["id"] = "somebody-elses"
    elif mode == "number_id":
        answer["id"] = 5
    elif mode == "no_id":
        answer |= {"id": None, "model_name": None, "model_version": None}
    elif mode == "other_model":
        answer["model_name"] = "another model"
    elif mode == "many_outputs":
        answer["outputs"] = [output | {"name": f"o{number}"} for number in range(257)]
    elif mode == "long_names":
        names = ("a" * 100, "b" * 101)
        answer["outputs"] = [output | {"name": name} for name in names]
    elif mode == "long_version":
        answer["model_version"] = "v" * 101
    elif mode == "whole_version":
        answer["model_version"] = 12
    return answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments) -> None:
        pass

    def do_GET(self) -> None:
        mode = self.path.rpartition("/")[2]
        if "/v2" in self.path:
            self.tell()
            return
        if self.path.startswith("/version/"):
            VERSIONS[self.path.split("/")[2]] = mode
        if self.path.startswith("/flaky/"):
            FLAKY["down"] = mode == "down"
        self.send(json.dumps(ASKED.get(mode, [])).encode())

    def tell(self) -> None:
        """Say what the server is, what a model is, or whether it is ready."""
        base, _, model = self.path.partition("/v2")
        mode = model.removeprefix("/models/").removesuffix("/ready")
        ASKED.setdefault(f"gets-{mode}", []).append(
            {"path": self.path, "headers": dict(self.headers)}
        )
        if mode == "gets_nothing" or (mode == "flaky" and FLAKY["down"]):
            self.send(b"no such page", status=404)
        elif not mode:
            self.send(server_document(base))
        elif model.endswith("/ready"):
            statuses = {"not_ready": 503, "unknown": 400, "unready": 400}
            self.send(b"", status=statuses.get(mode, 200))
        elif mode == "metadata_silent":
            time.sleep(30)
        elif mode == "metadata_drip":
            body = json.dumps(METADATA["declared"]).encode()
            self.drip(body, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        elif mode == "metadata_redirect":
            self.send(b"", status=307, location="/v2/models/takes_pixels")
        elif mode == "metadata_garbage":
            self.send(b"<html>Welcome</html>")
        elif mode in METADATA:
            self.send(json.dumps(METADATA[mode]).encode())
        else:
            self.send(b'{"error": "no metadata"}', status=404)

    def do_POST(self) -> None:
        mode = self.path.split("/")[-2]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        question, pictures = read_question(self.headers, body)
        request = {"path": self.path, "question": question, "headers": dict(self.headers)}
        request["pictures"] = [sha256(data).hexdigest() for data in pictures]
        ASKED.setdefault(mode, []).append(request)
        if mode.startswith("unhurried"):
            time.sleep(UNHURRIED_S)
        if mode.startswith("leisurely"):
            time.sleep(1)
        if any(data.startswith(b"poison") for data in pictures):
            self.send(b'{"error": "cannot decode"}', status=500)
            return
        scores = [score_of(data) for data in pictures]
        answer = lying(mode, scores)
        if isinstance(answer, dict):
            answer = {"id": question.get("id")} | answer
        if question["parameters"].get("binary_data_output") and mode != "json_only":
            self.answer_in_bytes(mode, answer)
        else:
            self.answer(mode, scores, answer)

    def answer_in_bytes(self, mode: str, answer: dict) -> None:
        """Answer with binary tensors, of which the mode may lie."""
        body, length = write_binary(answer)
        sizes = {"bytes_too_few": -1, "bytes_too_many": 1}
        if mode in sizes:
            size = 4 * len(answer["outputs"][0]["data"])
            wrong = body.replace(b'size": %d' % size, b'size": %d' % (size + sizes[mode]), 1)
            body, length = wrong, length + len(wrong) - len(body)
        if mode == "bytes_cut":
            body = body[:-1]
        if mode == "bytes_left_over":
            body += b"x"
        if mode == "huge_bytes":
            body += b"x" * 5_000_000
        lengths = {"length_beyond": len(body) + 1, "length_short": length - 1, "length_none": None}
        lengths |= {"length_negative": -length, "length_text": "x", "length_long": "9" * 5_000}
        self.send(body, head=lengths.get(mode, length))

    def answer(self, mode: str, scores: list, answer: object) -> None:
        body = json.dumps(answer).encode()
        if mode == "nested":
            nested = good([[score] for score in scores]) | {"model_name": mode}
            body = json.dumps(nested).encode()
        if mode == "nested_deeply":
            deep = good([[[[score]]] for score in scores]) | {"model_name": mode}
            body = json.dumps(deep).encode()
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
        elif mode == "repeats_token":
            error = {"error": f"who is {self.headers['Authorization']}?"}
            self.send(json.dumps(error).encode(), status=401)
        elif mode == "unknown":
            self.send(b'{"error": "no such model"}', status=404)
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

    def send(self, body: bytes, *, status=200, location="", length=None, head=None) -> None:
        self.send_response(status)
        if head is not None:
            self.send_header(LENGTH, str(head))
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
