"""Route of the metrics of the service."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response

from dashboards.access.roles import Right
from dashboards.api.authorization import needs

# OpenMetrics 1.0, "Text Format".
CONTENT_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"

router = APIRouter()


@router.get(
    "/metrics",
    dependencies=[needs(Right.METRICS)],
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE: {}}}},
)
async def metrics(request: Request) -> Response:
    """Return the metrics of the service in the OpenMetrics text format."""
    text: Callable[[], Awaitable[bytes]] | None = request.app.state.metrics
    if text is None:
        raise HTTPException(404, "this service has no metrics")
    return Response(
        await text(), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
    )
