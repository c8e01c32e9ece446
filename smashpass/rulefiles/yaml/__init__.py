"""From bytes to located values: YAML text with the place of every value."""
