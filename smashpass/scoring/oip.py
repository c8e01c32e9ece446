"""The built-in scorer ``oip``: queries a model server over the Open Inference Protocol v2, REST.

Works with what speaks that protocol (Triton, KServe, MLServer …). The model takes ``image``, BYTES
[n, 1]: WebP files, or the base64 text of them where the server knows no binary tensors; each FP32
output X of one number an image fills ``plugin.X``. The contract is in docs/scoring.md.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smashpass.core.errors import BadSetting
from smashpass.exchange import Endpoint, ExchangeFailed, Reply, exchange
from smashpass.scoring.hooks import PluginSettings, hookimpl
from smashpass.scoring.options import parse_outputs, read_token
from smashpass.scoring.outputs import OutputPlan, values_of_images
from smashpass.scoring.server import ServerFacts, ask_server, model_path
from smashpass.scoring.tensors import LENGTH_HEADER, decode_answer, decode_json, encode_request
from smashpass.services.scoring.ports import (
    BAD_ANSWER,
    BATCH,
    INCOMPATIBLE,
    TIMEOUT,
    Item,
    Scorer,
    ScorerAnswer,
    ScorerFailed,
    ScorerHealth,
)

MOST_BYTES = 1_000_000
"""Bytes of an answer; 32 images with an embedding of 64 numbers each are 50,000."""

LONGEST_VERSION = 100

_log = logging.getLogger(__name__)


@hookimpl
def smashpass_scorers(settings: PluginSettings) -> list[Scorer]:
    """Return the scorer, if an address is set."""
    url = settings.values.get("scorer_url")
    if not url:
        return []
    try:
        endpoint = Endpoint.of(url)
    except ValueError as error:
        raise BadSetting(
            f"the address of the scorer cannot be used: {error}",
            where="SMASHPASS_SCORER_URL",
            hint="write the base of the server, such as http://127.0.0.1:8080",
        ) from error
    model = settings.values.get("scorer_model") or "smashpass"
    token_file = settings.values.get("scorer_token_file")
    token = read_token(Path(token_file)) if token_file else ""
    if token and not endpoint.tls and not endpoint.is_loopback:
        _log.warning(
            "the token in %s travels to %s unencrypted; use an https:// address",
            token_file,
            endpoint.address,
        )
    renamed = parse_outputs(outputs) if (outputs := settings.values.get("scorer_outputs")) else {}
    return [OipScorer(endpoint, model, token=token, renamed=renamed)]


class OipScorer:
    """One model of one server. Keeps no connection: nothing to go stale between decks."""

    name = "oip"
    attributes = None
    needs = ("picture",)

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        token: str = "",
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        """Keep where to ask for what.

        Args:
            endpoint: The server.
            model: The name of the model.
            token: Sent as a bearer token; "" for none.
            renamed: Output → attribute without ``plugin.``, where they differ.
        """
        self._last_version = ""
        self._answered = threading.local()
        self.model = model
        self.address = endpoint.address
        self._endpoint = endpoint
        self._token = token
        self._renamed = dict(renamed or {})
        # None: to be asked for. Requests that find it so at the same time each ask, and learn
        # the same.
        self._facts: ServerFacts | None = None

    @property
    def version(self) -> str:
        """The version of the last answer: of this thread, if it has had one.

        While a server is updated, calls at the same time are answered by different versions.
        """
        version: str = getattr(self._answered, "version", self._last_version)
        return version

    def score(self, batch: Sequence[Item], deadline_s: float) -> list[ScorerAnswer | None]:
        """Return the model's numbers of each image that has a picture."""
        until = time.monotonic() + deadline_s
        results: list[ScorerAnswer | None] = [None] * len(batch)
        finished = 0
        for start in range(0, len(batch), BATCH):
            part = batch[start : start + BATCH]
            contents = [(place, data) for place, item in enumerate(part) if (data := item.data())]
            try:
                answers = self._infer([data for _, data in contents], until) if contents else []
            except ScorerFailed as failure:
                failure.so_far = tuple(results[:finished])
                raise
            for (place, _), values in zip(contents, answers, strict=True):
                results[start + place] = values
            finished = start + len(part)
        return results

    def probe(self, deadline_s: float) -> ServerFacts:
        """Ask the server what it is, and whether its model is one for pictures.

        ``score`` does so by itself: before the first question, and after a failure.

        Raises:
            ScorerFailed: It cannot be reached in time or cannot be used.
        """
        return self._learn(time.monotonic() + deadline_s)

    def health(self, deadline_s: float = 2.0) -> ScorerHealth:
        """Probe the server and tell what came of it, for a person to read. Never raises."""
        try:
            facts = self.probe(deadline_s)
        except ScorerFailed as failure:
            return ScorerHealth(failure.reason in (BAD_ANSWER, INCOMPATIBLE), problem=str(failure))
        plan = facts.plan(self._renamed)
        fills = tuple(sorted(filter(None, map(plan.attribute, plan.promised))))
        return ScorerHealth(
            True,
            self._missing_outputs(plan),
            facts.server,
            facts.server_version,
            facts.versions,
            fills,
            facts.binary,
        )

    def _missing_outputs(self, plan: OutputPlan) -> str:
        """Return a warning if the operator names outputs that the model does not declare."""
        if plan.declared is None:
            return ""
        absent = sorted(set(self._renamed) - plan.declared)
        return f"the model has no output {', '.join(map(ascii, absent))}" if absent else ""

    def _learn(self, until: float) -> ServerFacts:
        """Ask the server what it is, and remember it."""
        facts = ask_server(lambda path: self._exchange("GET", path, until), self.model)
        if self._facts is None and (missing := self._missing_outputs(facts.plan(self._renamed))):
            _log.warning("scorer %s at %s: %s", self.name, self.address, missing)
        self._facts = facts
        return facts

    def _infer(self, contents: Sequence[bytes], until: float) -> list[ScorerAnswer]:
        """Query the server for a batch of pictures."""
        try:
            facts = self._facts or self._learn(until)
            values, version = self._answers(contents, facts, until)
        except ScorerFailed as failure:
            # It may be another server by now. One that is late is the same, and busy enough.
            if failure.reason != TIMEOUT:
                self._facts = None
            raise
        self._answered.version = self._last_version = version
        return values

    def _answers(
        self, contents: Sequence[bytes], facts: ServerFacts, until: float
    ) -> tuple[list[ScorerAnswer], str]:
        """Return the numbers of some pictures, and the version of the model that gave them."""
        request_id = uuid.uuid4().hex
        left_us = max(1, int((until - time.monotonic()) * 1_000_000))
        body, headers = encode_request(
            contents, request_id=request_id, timeout_us=left_us, binary=facts.binary
        )
        reply = self._exchange("POST", f"{model_path(self.model)}/infer", until, body, headers)
        if reply.status != 200:
            raise self._refusal(reply)
        document, outputs = decode_answer(reply.body, reply.headers.get(LENGTH_HEADER))
        for key, expected in (("id", request_id), ("model_name", self.model)):
            stated = document.get(key)
            if stated not in (None, "", expected):
                detail = f"it answers {key} {self._shown(stated)}, not {expected!a}"
                raise ScorerFailed(BAD_ANSWER, detail)
        values = values_of_images(outputs, len(contents), facts.plan(self._renamed))
        return values, _version(document.get("model_version"))

    def _refusal(self, reply: Reply) -> ScorerFailed:
        """Return what a status other than 200 means."""
        detail = f"HTTP status {reply.status}"
        try:
            message = decode_json(reply.body).get("error")
        except ScorerFailed:
            message = None  # an error page; the status says enough
        if message:
            detail += f": {self._shown(message)}"
        if reply.status == 404:
            return ScorerFailed(INCOMPATIBLE, f"it has no model {self.model!a}: {detail}")
        return ScorerFailed(BAD_ANSWER, detail)

    def _shown(self, stated: object) -> str:
        """Return a server's text for the log; it may repeat the token that it was sent."""
        text = stated if isinstance(stated, str) else repr(stated)
        return ascii(text.replace(self._token, "********") if self._token else text)[:200]

    def _exchange(
        self,
        method: str,
        path: str,
        until: float,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Exchange one request and answer with the server."""
        sent_headers = dict(headers or {})
        if self._token:
            sent_headers["Authorization"] = f"Bearer {self._token}"
        try:
            return exchange(
                self._endpoint,
                method,
                path,
                until=until,
                most=MOST_BYTES,
                body=body,
                headers=sent_headers,
            )
        except ExchangeFailed as failure:
            # Its reasons are words that decisions show: timeout, unreachable, bad_answer.
            raise ScorerFailed(failure.reason, failure.detail) from failure


def _version(stated: Any) -> str:
    """Return the version of a model; "" if the server has none."""
    text = str(stated) if isinstance(stated, str | int) and type(stated) is not bool else ""
    if len(text) > LONGEST_VERSION or not text.isprintable():
        raise ScorerFailed(BAD_ANSWER, "its model_version is not a name of a version")
    return text
