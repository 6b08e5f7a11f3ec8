"""Inside a recurrent cell: gates, events, probes and traces."""
