"""Attacks on a real service: what each achieves, as a table."""
