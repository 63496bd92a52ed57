"""Provisioning files for Grafana: dashboards, data source, provider."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.grafana.alarms_dashboard import alarms
from dashboards.grafana.live_dashboard import live
from dashboards.grafana.review_dashboard import review
from dashboards.grafana.sensors_dashboard import sensors
from dashboards.grafana.service_dashboard import service
from dashboards.grafana.ward_dashboard import ward

_DATASOURCE = """\
# The token is read from the environment; use a read-only token.
# InfluxDB 1.x: remove the two httpHeader lines, and set `user` and `secureJsonData.password`.
apiVersion: 1
datasources:
  - name: physiomon
    uid: physiomon-influx
    type: influxdb
    access: proxy
    url: $INFLUX_URL
    isDefault: true
    jsonData:
      dbName: $INFLUX_BUCKET
      httpMode: POST
      timeInterval: 1s
      httpHeaderName1: Authorization
    secureJsonData:
      httpHeaderValue1: "Token $INFLUX_READ_TOKEN"
"""

_PROVIDER = """\
apiVersion: 1
providers:
  - name: physiomon
    type: file
    folder: physiomon
    folderUid: physiomon
    allowUiUpdates: false
    updateIntervalSeconds: 30
    options:
      path: /var/lib/grafana/dashboards
"""


def build() -> dict[str, str]:
    """Return the content of each file by its path in the deployment folder."""
    dashboards = {
        "live": live(),
        "ward": ward(),
        "alarms": alarms(),
        "review": review(),
        "sensors": sensors(),
    }
    return {
        **{f"dashboards/{name}.json": _json(board) for name, board in dashboards.items()},
        # Apart from the others: without Prometheus it is empty.
        "prometheus/service.json": _json(service()),
        "provisioning/datasources/physiomon.yaml": _DATASOURCE,
        "provisioning/dashboards/physiomon.yaml": _PROVIDER,
    }


def _json(board: Dashboard) -> str:
    return JSONEncoder(sort_keys=True, indent=2).encode(board.build()) + "\n"
