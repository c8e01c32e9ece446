"""Public routes of the API and routes for viewers."""
