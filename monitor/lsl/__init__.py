"""Lab Streaming Layer: a mirror of running sessions, and markers of other programs."""
