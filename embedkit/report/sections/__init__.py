"""The sections of a report that any kind of run can have; those of one kind stand in the folder of its task."""
