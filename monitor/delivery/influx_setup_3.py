"""Setup of an InfluxDB 3: a database with its retention.

InfluxDB 3 Core sets a retention only when it creates a database; Enterprise changes it as well.

Source: InfluxDB 3 Core API reference (`/api/v3/configure/database`, `/api/v3/query_sql`).
"""

from monitor.delivery.influx_http import InfluxHttp
from monitor.delivery.influx_steps import Step, kept, require_no_loss

_DATABASES = "/api/v3/configure/database"


async def set_up_3(server: InfluxHttp, retention_s: int | None, *, may_delete: bool) -> list[Step]:
    """Create the database with its retention, if a retention is wanted.

    Raises:
        DataLossError: a shorter retention would delete stored points.
        OutputError: the server refuses a step.
    """
    bucket = server.config.bucket
    mapping = Step("mapping", "not needed", "InfluxDB 3 serves InfluxQL by database")
    if retention_s is None:
        return [Step("database", "not needed", f"the first write creates '{bucket}'"), mapping]
    _, found = await server.ask("GET", _DATABASES, {"format": "json"})
    names = {each.get("iox::database") for each in found if isinstance(each, dict)}
    if bucket not in names:
        period = {"retention_period": f"{retention_s // 3600}h"} if retention_s else {}
        await server.ask("POST", _DATABASES, body={"db": bucket, **period})
        database = Step("database", "created", bucket)
        return [database, Step("retention", "created", kept(retention_s)), mapping]
    database = Step("database", "exists", bucket)
    has_s = await _retention_s(server)
    if has_s == retention_s:
        return [database, Step("retention", "exists", kept(retention_s)), mapping]
    await require_no_loss(server, has_s or 0, retention_s, may_delete=may_delete)
    body = {"db": bucket, "retention_period": f"{retention_s // 3600}h" if retention_s else None}
    status, _ = await server.ask("PUT", _DATABASES, body=body, may_fail=True)
    if status < 400:  # noqa: PLR2004 - HTTP
        return [database, Step("retention", "changed", kept(retention_s)), mapping]
    how = (
        "InfluxDB 3 Core cannot change the retention of an existing database: set up another "
        "bucket, or delete this one if its points are not needed"
    )
    return [database, Step("retention", "manual", how), mapping]


async def _retention_s(server: InfluxHttp) -> int | None:
    """Return the retention of the database, 0 for forever; None if the server does not say."""
    name = server.config.bucket.replace("'", "''")
    query = f"SELECT retention_period_ns FROM system.databases WHERE database_name = '{name}'"  # noqa: S608
    asked = {"db": "_internal", "q": query, "format": "json"}
    status, _, rows = await server.request("GET", "/api/v3/query_sql", asked)
    if status != 200 or not isinstance(rows, list) or len(rows) != 1:  # noqa: PLR2004 - HTTP
        return None
    period_ns = rows[0].get("retention_period_ns")
    return int(period_ns) // 10**9 if period_ns else 0
