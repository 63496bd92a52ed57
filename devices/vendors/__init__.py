"""Decoders of manufacturer-specific characteristics."""
