"""The others: each module makes one peer, which runs in a process of its own."""
