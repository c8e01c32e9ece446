"""What readers share: files, JSON, sidecars, names of pictures."""
