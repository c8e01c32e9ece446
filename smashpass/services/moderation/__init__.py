"""Notices, quarantine and takedowns."""
