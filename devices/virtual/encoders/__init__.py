"""Measurements as bytes, as the firmware of each family of sensors writes them. Pure.

Decoders are tested against literal vectors; a test holds these against the same vectors.
"""
