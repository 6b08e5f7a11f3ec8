"""What can be trained or opened: one folder a task, with all that the rest of the kit asks about that kind of run."""
