"""Views: what the monitor hands to the console to show."""
