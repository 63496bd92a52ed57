"""The outbox, and the databases that it delivers to."""
