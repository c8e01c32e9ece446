"""From bytes to located values: YAML text with the place of everything it says."""
