"""Viewers, swipes, accounts, sessions and tokens, and how they are erased."""
