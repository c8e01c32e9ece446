"""Pages on images: search, tagging, queues, bulk edits, the change log."""
