"""The journal's file, and the one door into it."""
