"""Is this installation sound, and what does it keep? Health, upkeep and exports."""
