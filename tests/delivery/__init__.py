"""Delivery to a real InfluxDB, and to servers that misbehave."""
