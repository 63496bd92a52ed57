"""Gateway: the radio of a room on one machine, for a session on another."""
