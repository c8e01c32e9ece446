"""What is left when everything is lost? Backups are taken, checked, and restored."""
