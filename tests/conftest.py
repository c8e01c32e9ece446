"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# The same commit gives the same answer; the search with chance is that of the profile "bench".
settings.register_profile(
    "ci",
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
for name, examples in (("quick", 10), ("bench", 2_000)):
    settings.register_profile(
        name,
        parent=settings.get_profile("ci"),
        max_examples=examples,
        derandomize=name != "bench",
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
