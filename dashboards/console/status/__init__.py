"""The status of a session, its signals and its sensors. Pure."""
