"""Grafana dashboards and the page of panels, against a real InfluxDB and without Grafana."""
