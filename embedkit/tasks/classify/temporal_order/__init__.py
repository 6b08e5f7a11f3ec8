"""Many trainings on temporal order: networks, levels and seeds side by side."""
