"""Engines, transactions, the schema and its migrations."""
