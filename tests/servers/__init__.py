"""Real servers for tests: on loopback, on free ports, stopped by the test that started them."""
