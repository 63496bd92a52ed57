"""Queries for markers, ratings and policy changes."""

from dashboards.grafana.influxql import WHERE, InfluxQL


def markers() -> InfluxQL:
    """Return the query for markers, newest first."""
    return InfluxQL(
        f'SELECT "marker", "rating", "by" FROM "markers" {WHERE} ORDER BY time DESC LIMIT 200',
        table=True,
    )


def ratings() -> InfluxQL:
    """Return the query for what participants have rated."""
    return InfluxQL(f'SELECT "rating" FROM "markers" {WHERE}', alias="rating")


def policy_changes() -> InfluxQL:
    """Return the query for rules and policies that were changed, newest first."""
    return InfluxQL(
        f'SELECT "rule", "change", "by" FROM "policies" {WHERE} ORDER BY time DESC LIMIT 50',
        table=True,
    )
