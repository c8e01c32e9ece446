"""Pages on notices and the quarantine."""
