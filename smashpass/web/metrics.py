"""``/metrics``: what Prometheus reads. Summed over all workers where gunicorn runs several."""

from __future__ import annotations

import os

from flask import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """Counts the requests of one process."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self._requests = Counter(
            "smashpass_requests", "Answers", ["route", "status"], registry=self._own
        )
        self._decisions = Counter(
            "smashpass_recorded_decisions",
            "Decisions logged, dropped because the log was behind, compared with the canary, "
            "and different there",
            ["what"],
            registry=self._own,
        )
        self._seconds = Histogram(
            "smashpass_request_seconds",
            "Time to answer",
            ["route"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
            registry=self._own,
        )

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_decisions(self, what: str, number: int) -> None:
        """Count decisions that were logged, dropped, compared or different."""
        self._decisions.labels(what).inc(number)

    def answer(self, gauges: dict[str, tuple[str, float]]) -> Response:
        """Return the text for Prometheus: all counts, and ``gauges`` as name → (help, value)."""
        registry = self._own
        if os.environ.get(FOLDER_VARIABLE):
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        lines = [generate_latest(registry).decode()]
        for name, (text, value) in gauges.items():
            full = f"smashpass_{name}"
            lines += [f"# HELP {full} {text}\n", f"# TYPE {full} gauge\n", f"{full} {value:g}\n"]
        return Response("".join(lines), content_type=CONTENT_TYPE_LATEST)
