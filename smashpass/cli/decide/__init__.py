"""``smashpass decide``: one decision, or the decision log again."""
