"""Dealing cards to viewers, and keeping their swipes."""
