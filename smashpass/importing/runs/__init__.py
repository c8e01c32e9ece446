"""What an import run keeps on disk, its lock, and the process it may run in."""
