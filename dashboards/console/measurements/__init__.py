"""Manual and scheduled measurements. Pure."""
