"""Shared by all routes: request parsing, schemas, problems, identity, limits."""
