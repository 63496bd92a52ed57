"""Decoders of the Bluetooth SIG's standard characteristics."""
