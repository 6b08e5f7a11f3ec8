"""Files of embeddings, read and written: a file a format."""
