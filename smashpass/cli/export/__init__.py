"""``smashpass export``: what is kept, for other programs."""
