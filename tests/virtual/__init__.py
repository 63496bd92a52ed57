"""The virtual radio: real GATT servers and unmodified bleak."""
