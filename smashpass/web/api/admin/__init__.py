"""Routes of the API for programs of the staff, with a token."""
