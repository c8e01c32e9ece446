"""Trials of encodings on pictures."""
