"""The journal: what it keeps, and what it refuses."""
