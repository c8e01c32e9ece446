"""One reader per format of collections."""
