"""Commands on the index, pictures and the demo library."""
