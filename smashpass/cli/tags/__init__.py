"""``smashpass tags``: the vocabulary on the command line."""
