"""The benchmarks: what smashpass costs, beside other ways to do the same. Run scripts/bench."""
