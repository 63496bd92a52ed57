"""The process: what runs beside the sessions, and how it is put together."""
