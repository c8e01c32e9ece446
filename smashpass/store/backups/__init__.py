"""Backups: a folder of files named by their content, and a manifest that says what they are."""
