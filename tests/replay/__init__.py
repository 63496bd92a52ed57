"""A recording that plays on the page."""
