"""Exact statements about trees: what is never reached, what a change does, what tests cover."""
