"""Writing rules on pages: drafts, merges, reviews, traces."""
