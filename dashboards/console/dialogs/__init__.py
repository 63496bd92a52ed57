"""Dialogs in which people enter, correct and change something."""
