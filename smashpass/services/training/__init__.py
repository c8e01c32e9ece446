"""What models learn from: counts of swipes, never who swiped."""
