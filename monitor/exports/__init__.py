"""Recordings in the formats of research software, without names and free text unless requested."""
