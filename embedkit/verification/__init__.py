"""A rendered report held against what it was made from."""
