"""The project as distributed: locks, metadata, sdist, community files."""
