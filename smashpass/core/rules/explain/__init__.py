"""Why a decision came out as it did: its path, what would flip it, plain language."""
