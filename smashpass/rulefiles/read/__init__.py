"""From located values to drafts: one file, every mistake at its place."""
