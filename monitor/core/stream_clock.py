"""Drift of a sensor's own clock, from the time stamps in its streams. Pure."""

from collections.abc import Mapping

from devices.clock_fit import ClockFit
from monitor.facts import ClockFact

_REPORT_EVERY_NS = 600 * 10**9
_STAMPS = {"device_ns": 1, "device_ms": 10**6}  # details with a stamp, and their unit


class StreamClock:
    """One sensor's clock compared with the session's."""

    def __init__(self) -> None:
        self._fit = ClockFit()
        self._reported_ns: int | None = None
        self._reported_jumps = 0

    def take(
        self, label: str, measured_ns: int, details: Mapping[str, str | int | float | bool]
    ) -> list[ClockFact]:
        """Add a packet; return the clock's drift when it is due or the clock has jumped."""
        if details.keys().isdisjoint(_STAMPS) or (stamp_ns := _stamp_ns(details)) is None:
            return []
        fit = self._fit
        fit.add(stamp_ns, measured_ns)
        at_ns, drift_ppm = fit.session_ns(stamp_ns), fit.drift_ppm
        if at_ns is None or drift_ppm is None:
            return []
        if self._reported_ns is not None:
            if fit.jumps == self._reported_jumps and at_ns < self._reported_ns + _REPORT_EVERY_NS:
                return []
            at_ns = max(at_ns, self._reported_ns + 1)
        self._reported_ns, self._reported_jumps = at_ns, fit.jumps
        return [
            ClockFact(
                subject=label,
                at_ns=at_ns,
                stamp_ns=stamp_ns,
                drift_ppm=round(drift_ppm, 1),
                jumps=fit.jumps,
            )
        ]


def _stamp_ns(details: Mapping[str, str | int | float | bool]) -> int | None:
    """Return the time stamp of a device; 0 is missing, as older Polar armbands send it."""
    for name, factor in _STAMPS.items():
        if isinstance(stamp := details.get(name), int) and stamp:
            return stamp * factor
    return None
