"""Admin routes of the API, authenticated by a token."""
