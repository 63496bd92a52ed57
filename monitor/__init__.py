"""The monitor: engine, journal, sessions, delivery, replay, configuration and command line."""
