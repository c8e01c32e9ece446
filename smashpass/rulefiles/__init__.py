"""Rule files: YAML with positions to trees, every mistake at its place."""
