"""What goes with what somebody types or searches for: completion, related tags."""
