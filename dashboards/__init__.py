"""Console, HTTP API and Grafana dashboards."""
