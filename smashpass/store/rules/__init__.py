"""Revisions, canaries and drafts of rules, and the log of decisions."""
