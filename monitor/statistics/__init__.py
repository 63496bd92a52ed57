"""Rolling statistics of a channel's values, in whole numbers. Pure."""
