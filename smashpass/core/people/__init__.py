"""Who acts: accounts of the staff, and viewers who swipe."""
