"""The sequence lab: experiments of many small trainings, each a run of its own kind that a report shows."""
