"""Readers of recordings that other devices and programs made: one module for each format."""
