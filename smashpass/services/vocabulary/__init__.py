"""Tags, aliases and implications: listed, completed, edited, imported."""
