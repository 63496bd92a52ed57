"""Proof that alarms behave: a slow model of their life, storms, and the order of events."""
