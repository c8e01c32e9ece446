"""Names of tags, and what follows from them: aliases, implications, look-alikes."""
