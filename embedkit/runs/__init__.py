"""The folder that a run is kept in: what lies where, where it came from, and how artefacts are written and read."""
