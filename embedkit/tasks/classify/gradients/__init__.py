"""How much of the gradient of the final loss arrives at every earlier step, by cell and level."""
