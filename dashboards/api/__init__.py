"""The HTTP API for programs, with rights by role."""
