"""From rule files to the trees that decide: checks, publishing, canaries."""
