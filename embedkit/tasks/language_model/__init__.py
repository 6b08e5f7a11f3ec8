"""A recurrent language model of words, characters or subwords."""
