"""Virtual sensors on a virtual radio: real GATT servers without hardware."""
