"""Bluetooth sensors: signals, packets, decoders, links and the virtual radio."""
