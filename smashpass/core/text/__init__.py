"""Texts that people write: reasons, line endings, cells of spreadsheets."""
