"""embedkit: train small sequence models on public text, open up what they learned, and report it."""

__version__ = "0.1.0"
