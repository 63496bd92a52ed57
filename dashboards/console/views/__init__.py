"""Views: immutable records that the monitor hands to the console for display."""
