"""Running sessions, their control, and the backends of the console."""
