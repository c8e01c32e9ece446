"""Pages on the vocabulary: tags, and dictionaries as files."""
