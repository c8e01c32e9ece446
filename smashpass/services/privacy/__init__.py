"""What is kept of people, for how long, and what everybody may know of it."""
