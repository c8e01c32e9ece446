"""What viewers have in common: what is learnt from the swipes of all, and whether it is used."""
