"""A binary signal given back, some steps later."""
