"""Times of duty as the checklist and the console show them."""

from alerts.time_format import minute
from monitor.core.engine import Engine
from monitor.sessions.preflight import NOW

_AHEAD_NS = 8 * 3600 * 10**9  # a long session


def duty_gap(engine: Engine) -> str:
    """Return when nobody of the first tier of calls is on duty; empty if not within 8 hours."""
    duty = engine.calling.escalation.duty
    if duty.nobody():
        return NOW
    end_ns = duty.ending_ns(engine.now_ns, _AHEAD_NS)
    zone = None if engine.spec is None else engine.spec.zone
    return "" if end_ns is None else minute(end_ns, zone)
