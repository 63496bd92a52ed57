"""Virtual sensors over a virtual radio: real GATT servers without hardware."""
