"""Pages on imports and jobs."""
