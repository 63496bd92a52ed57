"""Grafana dashboards: fresh, well-formed, and every query answered by a real InfluxDB."""
