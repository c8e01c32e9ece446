"""Which personal data are kept, for how long, and what is public about it."""
