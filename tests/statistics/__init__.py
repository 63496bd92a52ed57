"""Rolling windows."""
