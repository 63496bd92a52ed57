"""Real servers for tests: on loopback, on free ports, stopped by whoever started them."""
