"""Writing with a language model: what it offers as one types, and words told from the keys of a telephone."""
