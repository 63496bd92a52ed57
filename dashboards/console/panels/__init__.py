"""Interactive parts of a page."""
