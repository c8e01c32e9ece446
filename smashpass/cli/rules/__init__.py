"""``smashpass rules``: decision trees, from files to the active revision."""
