"""Queries for markers, ratings and policy changes."""

from dashboards.grafana.influxql import WHERE, InfluxQL


def markers() -> InfluxQL:
    """Query the markers, newest first."""
    return InfluxQL(
        f'SELECT "marker", "rating", "by" FROM "markers" {WHERE} ORDER BY time DESC LIMIT 200',
        table=True,
    )


def ratings() -> InfluxQL:
    """Query the participants' ratings."""
    return InfluxQL(f'SELECT "rating" FROM "markers" {WHERE}', alias="rating")


def policy_changes() -> InfluxQL:
    """Query changes of rules and policies, newest first."""
    return InfluxQL(
        f'SELECT "rule", "change", "by" FROM "policies" {WHERE} ORDER BY time DESC LIMIT 50',
        table=True,
    )
