"""What speaks Bluetooth: signals, packets, decoders, links and the virtual radio."""
