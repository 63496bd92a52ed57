"""Composes everything: session, engine, journal, outbox, replay, configuration, command line."""
