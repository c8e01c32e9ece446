"""What an image is, and how images are found: the index, its parts, and how both change."""
