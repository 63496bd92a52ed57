"""Sessions that run, stop, are interrupted and resume."""
