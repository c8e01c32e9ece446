"""Pages on rules: active and past revisions, the editor, reviews, traces."""
