"""Word vectors that gensim trains: the baseline of the learned embeddings."""
