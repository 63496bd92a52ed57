"""Sessions that were found to go wrong, and those that must go on going right.

Each test is a session from the bedside's point of view, under a shipped policy unless it says
otherwise: what the sensors sent, what people did, and which alarms there have to be.
"""
