"""Which cards come next, and when it is time for a break."""
