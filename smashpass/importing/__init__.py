"""How is a collection read? One reader per format, and the files that a run keeps beside it."""
