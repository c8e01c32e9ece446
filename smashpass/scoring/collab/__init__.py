"""Collaborative filtering with implicit: training it, testing it, and keeping its file."""
