"""Four curricula side by side: the same network, task and budget for each."""
