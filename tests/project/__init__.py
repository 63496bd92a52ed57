"""The project as others get it: locks, metadata, sdist, community files."""
