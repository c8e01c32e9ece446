"""Screenshots of every page and state, from the demo library and the shipped rules."""
