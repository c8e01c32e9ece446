"""The demo library: pictures drawn from a seed, with tags taken from what was really drawn."""
