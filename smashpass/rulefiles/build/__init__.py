"""From the drafts of files to whole trees: fragments in place, limits, contradictions."""
