"""Two forms of one tree: closures that decide one image, and algebra over image sets."""
