"""A room's radio on one machine, its session on another."""
