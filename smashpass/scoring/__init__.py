"""Scorers: the hook that they come in by, and the built-in one that asks a model server."""
