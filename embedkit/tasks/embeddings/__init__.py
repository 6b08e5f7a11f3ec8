"""An embedding file that somebody else made, as a run of its own."""
