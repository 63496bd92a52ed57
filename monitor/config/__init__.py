"""Configuration files, checked where they come in."""
