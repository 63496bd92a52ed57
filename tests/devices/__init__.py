"""Tests of decoders and Bluetooth diagnosis."""
