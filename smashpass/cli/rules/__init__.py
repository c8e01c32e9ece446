"""``smashpass rules``: decision trees, from files to the revision that decides."""
