"""Composition of the process: console, outputs and services around the sessions."""
