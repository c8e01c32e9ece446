"""What may not be shown, and to whom: minors, terms of under age, denied tags."""
