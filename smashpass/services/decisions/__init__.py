"""What was decided: recorded, compared, replayed."""
