"""``smashpass export``: stored data, for other programs."""
