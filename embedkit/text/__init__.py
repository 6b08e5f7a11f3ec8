"""Text to token ids: vocabulary, tokenisation and batching. No torch in vocabulary.py."""
