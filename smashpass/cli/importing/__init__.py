"""``smashpass import``: a collection into the library."""
