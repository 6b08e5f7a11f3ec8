"""Files of embeddings, read and written: a module a format, `table` of them, and `detect`, which asks the table."""
