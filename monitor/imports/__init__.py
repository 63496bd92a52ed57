"""Journals made of files that other devices and programs recorded."""
