"""``smashpass decide``: one decision, or a replay of the decision log."""
