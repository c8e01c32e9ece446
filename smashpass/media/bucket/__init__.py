"""Picture files in a bucket: objects, and the way they get there."""
