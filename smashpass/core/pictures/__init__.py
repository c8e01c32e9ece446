"""Picture files: what they are, what they say of their own origin, what they look like."""
