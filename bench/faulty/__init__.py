"""A disk that is recorded, loses what was not flushed, and fails."""
