"""Proof of the law "never silently blind": random sessions beside a slow, independent model."""
