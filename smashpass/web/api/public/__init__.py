"""Routes of the API for viewers and for everybody."""
