"""Tests of the virtual radio: real GATT servers and unmodified bleak."""
