"""From a row of a collection to what is kept of it: its cells, tags and credit."""
