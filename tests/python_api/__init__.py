"""The Python API: recordings as data frames."""
