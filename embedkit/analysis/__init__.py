"""What can be said about an embedding space: neighbours, analogies, maps and their fidelity. Numpy, never torch."""
