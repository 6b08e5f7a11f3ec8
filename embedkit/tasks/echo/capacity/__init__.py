"""How long an echo fits into how many units: many small trainings."""
