"""``/metrics`` for Prometheus, summed over all gunicorn workers."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from flask import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from smashpass.web.scoring_metrics import ScoringFigures, ScoringMetrics, scoring_figures

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_READS, _BETWEEN_READS_S = 20, 0.01


@dataclass(frozen=True, slots=True)
class GaugeValue:
    """A value as of the moment of the question; those of one name differ in their labels."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class _Gauges(Collector):
    """Gauges that exist for one answer."""

    def __init__(self, gauges: Iterable[GaugeValue]) -> None:
        self._gauges = list(gauges)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return the gauges, those of one name together."""
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._gauges:
            if gauge.name not in families:
                families[gauge.name] = GaugeMetricFamily(
                    f"smashpass_{gauge.name}", gauge.help, labels=list(gauge.labels)
                )
            families[gauge.name].add_metric(list(gauge.labels.values()), gauge.value)
        return families.values()


class _AllProcesses(Collector):
    """The counts of all processes, from the files that each of them writes."""

    def __init__(self) -> None:
        self._files = multiprocess.MultiProcessCollector(None)  # type: ignore[no-untyped-call]

    def collect(self) -> Iterable[Metric]:
        """Return the counts; a process that is just making its file is waited for."""
        for left in reversed(range(_READS)):
            try:
                return list(self._files.collect())  # type: ignore[no-untyped-call]
            except struct.error:  # a file is empty for a moment
                if not left:
                    raise
                time.sleep(_BETWEEN_READS_S)
        raise AssertionError("unreachable")


@dataclass(slots=True)
class _Route:
    """The counts of one route; a bucket counts all answers up to its bound, in seconds."""

    answers: int = 0
    failed: int = 0
    buckets: dict[float, int] = field(default_factory=dict)

    def within(self, share: float) -> str:
        """Format the time within which a share of requests was answered."""
        ends = sorted(self.buckets)
        every = self.buckets[ends[-1]] if ends else 0
        end = next((end for end in ends if self.buckets[end] >= share * every), inf)
        if not every:
            return ""
        return "over 2.5 s" if end == inf else f"{1_000 * end:g} ms"


class Metrics:
    """Counts the requests of one process.

    Attributes:
        scoring: Counts what it asks of scorers.
    """

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self._requests = Counter(
            "smashpass_requests", "Requests", ["route", "status"], registry=self._own
        )
        self._decisions = Counter(
            "smashpass_recorded_decisions",
            "Decisions logged, dropped because the log fell behind, compared with the canary, "
            "and different in the canary",
            ["what"],
            registry=self._own,
        )
        self._seconds = Histogram(
            "smashpass_request_seconds",
            "Response time",
            ["route"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
            registry=self._own,
        )
        self._shed = Counter(
            "smashpass_requests_shed",
            "Requests refused at once because too many waited",
            registry=self._own,
        )
        self._library_version = Gauge(
            "smashpass_worker_library_version",
            "Library version that a worker answers from",
            registry=self._own,
            multiprocess_mode="liveall",
        )
        self._counted: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self.scoring = ScoringMetrics(self._own)

    def count_shed(self) -> None:
        """Count a request that was refused because too many waited."""
        self._shed.inc()

    def set_library_version(self, version: int) -> None:
        """Note which library version this process answers from."""
        self._library_version.set(version)

    def library_versions(self) -> list[int]:
        """Return the library version of each living worker, the lowest first."""
        return sorted(
            int(sample.value)
            for family in self._registry().collect()
            if family.name == "smashpass_worker_library_version"
            for sample in family.samples
        )

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        key = route, status
        counted = self._counted.get(key)
        if counted is None:
            labelled = self._requests.labels(route, str(status)), self._seconds.labels(route)
            counted = self._counted[key] = labelled
        counted[0].inc()
        counted[1].observe(seconds)

    def count_decisions(self, outcome: str, number: int) -> None:
        """Count decisions that were logged, dropped, compared or different."""
        self._decisions.labels(outcome).inc(number)

    def summary(self) -> list[dict[str, object]]:
        """Return the number of requests and the response times of each route.

        The times are the upper bounds of the buckets that contain the 50th and 99th percentile.
        """
        routes: dict[str, _Route] = {}
        for family in self._registry().collect():
            for sample in family.samples:
                name, labels, value = sample.name, sample.labels, sample.value
                if "route" not in labels:
                    continue
                route = routes.setdefault(labels["route"], _Route())
                if name == "smashpass_requests_total":
                    route.answers += int(value)
                    route.failed += int(value) if labels["status"].startswith("5") else 0
                elif name == "smashpass_request_seconds_bucket":
                    end = float(labels["le"])
                    route.buckets[end] = route.buckets.get(end, 0) + int(value)
        ordered = sorted(routes.items(), key=lambda pair: -pair[1].answers)
        return [
            {
                "route": name,
                "answers": route.answers,
                "failed": route.failed,
                "median": route.within(0.5),
                "last": route.within(0.99),
            }
            for name, route in ordered
        ]

    def _registry(self) -> CollectorRegistry:
        """Return the counts of all workers, or of this process if there is only one."""
        if not os.environ.get(FOLDER_VARIABLE):
            return self._own
        registry = CollectorRegistry()
        registry.register(_AllProcesses())
        return registry

    def scoring_figures(self) -> ScoringFigures:
        """Return what was asked of scorers, and what came of it."""
        return scoring_figures(self._registry())

    def answer(self, gauges: Iterable[GaugeValue]) -> Response:
        """Return the text for Prometheus: all counts, and values of this moment."""
        present = CollectorRegistry()
        present.register(_Gauges(gauges))
        text = generate_latest(self._registry()) + generate_latest(present)
        return Response(text, content_type=CONTENT_TYPE_LATEST)
