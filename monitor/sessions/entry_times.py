"""Times of what people enter: within the session, and not in the future."""

from alerts.time_format import clock
from monitor.core.engine import Engine
from monitor.errors import ActError

_TOLERANCE_NS = 60 * 10**9  # people enter times in minutes


def checked_ns(engine: Engine, now_ns: int, at_ns: int | None) -> int:
    """Return the time of an event, within the session; None is now.

    Raises:
        ActError: it is in the future, or before the session.
    """
    if at_ns is None:
        return now_ns
    started_ns = engine.started_ns
    if at_ns > now_ns + _TOLERANCE_NS:
        raise ActError("this time is in the future; check it")
    if at_ns < started_ns - _TOLERANCE_NS:
        spec = engine.spec
        began = clock(started_ns, spec.zone if spec is not None else None)[:-3]
        raise ActError(f"this time is before the session started at {began}; add a note instead")
    return min(max(at_ns, started_ns), now_ns)
