"""From a card or a path to examples: open, download, verify, read."""
