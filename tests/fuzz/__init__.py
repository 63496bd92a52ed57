"""Fuzz targets; not run by pytest."""
