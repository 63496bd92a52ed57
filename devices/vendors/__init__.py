"""Characteristics that makers have laid out themselves."""
