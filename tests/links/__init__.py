"""A sensor's life over the virtual radio, in virtual time."""
