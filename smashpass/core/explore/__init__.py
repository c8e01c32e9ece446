"""Suggestions for typed texts and searches: completion, related tags."""
