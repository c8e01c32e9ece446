"""What is true without a computer: no I/O, clock, randomness or logging."""
