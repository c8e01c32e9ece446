"""Images by query text: matches, order, pages, and why there is nothing."""
