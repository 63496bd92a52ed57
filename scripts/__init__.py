"""Tools for developing and releasing physiomon; not installed."""
