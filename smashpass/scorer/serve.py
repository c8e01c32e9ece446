"""``scorer serve``: MLServer with one model, and only the door that smashpass asks at.

MLServer brings the Open Inference Protocol and puts requests that come together into one batch.
What it brings besides (gRPC, metrics on a port of their own, loading and unloading of models) is
off, and what is too large is refused before it is read.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn
from mlserver import MLServer, ModelSettings, Settings
from mlserver.batching import load_batching
from mlserver.model import MLModel
from mlserver.registry import MultiModelRegistry
from mlserver.rest import RESTServer
from mlserver.settings import ModelParameters
from mlserver.types import InferenceRequest, InferenceResponse, MetadataTensor

from smashpass.core.errors import BadInput
from smashpass.scorer.runtime import INPUT, OUTPUTS, ModelFile, ScorerRuntime, check_request

MOST_BYTES = 32_000_000
"""Of one request: 32 pictures of 700 kB, as base64."""
MOST_CONNECTIONS = 64
"""At a time; those that are too many are answered with 503."""
SHUTDOWN_S = 5
"""How long a server that is to end still works on what it was asked before."""
BATCH_REQUESTS = 32
BATCH_WAIT_S = 0.005

_GET = re.compile(r"/v2(/|/health/(live|ready)|/models/[^/]+(/versions/[^/]+)?(/ready)?)?")
_POST = re.compile(r"/v2/models/[^/]+(/versions/[^/]+)?/infer")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Door:
    """Lets through what the protocol needs; an ASGI application around another one."""

    def __init__(self, application: Application) -> None:
        """Create it.

        Args:
            application: What answers the requests that are let through.
        """
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        refusal = _refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._application(scope, receive, send)
            return
        status, text = refusal
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        body = json.dumps({"error": text}).encode()
        await send({"type": "http.response.body", "body": body})


def _refusal(scope: Scope) -> tuple[int, str] | None:
    """Return the status and the text with which a request is refused; None if it is not."""
    known = {"GET": _GET, "POST": _POST}.get(scope["method"])
    if known is None or not known.fullmatch(scope["path"]):
        return 404, "no such route"
    headers = dict(scope["headers"])
    if b"content-encoding" in headers:
        return 415, "compressed requests are not read"
    if scope["method"] == "GET":
        return None
    length = headers.get(b"content-length", b"")
    if not length.isdigit():
        return 411, "a Content-Length is needed"
    if int(length) > MOST_BYTES:
        return 413, f"the request is larger than {MOST_BYTES:,} bytes"
    return None


class ScorerServer(MLServer):  # type: ignore[misc]
    """MLServer with HTTP alone."""

    def _create_servers(self) -> None:
        self._rest_server = _HttpServer(
            self._settings, self._data_plane, self._model_repository_handlers
        )

    def _create_model_registry(self) -> MultiModelRegistry:
        return MultiModelRegistry(on_model_load=[load_batching, _with_checks])

    def _add_signal_handlers(self) -> None:
        """Do nothing: uvicorn has handlers of its own, and before it there is nothing to stop."""

    async def serve(self, model: ModelSettings, loaded: Callable[[], None]) -> None:
        """Load a model, say so, and answer requests until a signal ends it."""
        await self._model_registry.load(model)
        loaded()
        await self._rest_server.start()


class _HttpServer(RESTServer):  # type: ignore[misc]
    """MLServer's routes behind the door."""

    async def start(self) -> None:
        config = uvicorn.Config(
            Door(self._app),
            host=self._settings.host,
            port=self._settings.http_port,
            lifespan="off",
            access_log=False,
            log_level="warning",
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        self._server = uvicorn.Server(config)
        await self._server.serve()


async def _with_checks(model: MLModel) -> MLModel:
    """Check each request before it is put together with others."""
    batched = model.predict

    async def predict(payload: InferenceRequest) -> InferenceResponse:
        names = [output.name for output in payload.outputs or []]
        check_request(payload)
        response = await batched(payload)
        if names:
            response.outputs = [output for output in response.outputs if output.name in names]
        return response

    model.predict = predict
    return model


def serve(path: Path, name: str, host: str, port: int, started: Callable[[str], None]) -> None:
    """Answer requests about pictures until a signal ends this process.

    Args:
        path: ``model.onnx``.
        name: What requests call the model.
        host: The address to listen at.
        port: The port.
        started: Is told the version of the model once it is loaded.

    Raises:
        BadInput: The file is not an exported model, or the address cannot be used.
    """
    version = ModelFile(path).version
    _check_address(host, port)
    settings = Settings(
        _env_file=None,
        debug=False,
        host=host,
        http_port=port,
        parallel_workers=0,
        metrics_endpoint=None,
        load_models_at_startup=False,
        server_name="smashpass-scorer",
    )
    model = ModelSettings(
        _env_file=None,
        name=name,
        implementation=ScorerRuntime,
        platform="onnx",
        versions=[version],
        inputs=[MetadataTensor(name=INPUT, datatype="BYTES", shape=[-1, 1])],
        outputs=[
            MetadataTensor(name=output, datatype="FP32", shape=[-1, numbers])
            for output, numbers in OUTPUTS.items()
        ],
        max_batch_size=BATCH_REQUESTS,
        max_batch_time=BATCH_WAIT_S,
        parameters=ModelParameters(uri=str(path), version=version),
    )

    async def run() -> None:
        await ScorerServer(settings).serve(model, lambda: started(version))

    # Ctrl-C is how a server is ended.
    with suppress(KeyboardInterrupt):
        asyncio.run(run())


def _check_address(host: str, port: int) -> None:
    """Refuse an address that cannot be listened at, before everything is loaded.

    Raises:
        BadInput: It is another computer's, or in use.
    """
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise BadInput(
            f"cannot listen at {host}:{port}: {error.strerror or error}",
            where="--host, --port",
            hint="choose another port, or an address of this computer",
        ) from error
