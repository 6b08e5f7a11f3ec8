"""The training loop, its schedules and checkpoints, and the word2vec baseline."""
