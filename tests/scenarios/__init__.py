"""Scenarios: sessions that once failed, and sessions that must keep working.

Each test is a session from the driver's point of view, under a shipped policy unless it says
otherwise: what the sensors sent, what people did, and which alarms there have to be.
"""
