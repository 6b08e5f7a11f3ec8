"""What sets of words are associated with in a space (numpy only)."""
