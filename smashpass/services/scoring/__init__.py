"""Asking scorers: in time, in one batch, and only where a path reaches their numbers."""
