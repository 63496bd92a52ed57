"""Vital signs on the page behind a call's link: values, and changes that were measured. Pure."""

from collections.abc import Callable, Iterator

import numpy as np

from alerts.time_format import minute
from dashboards.console.formatting import NO_VALUE, duration, number
from dashboards.console.views.calls import CalledVital
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.chart_series import Trace
from dashboards.console.views.measurements import blood_pressures
from dashboards.console.views.session import SessionView
from devices.units import symbol

Tracer = Callable[[str, int, int, int], Trace]

_MINUTE_NS = 60 * 10**9
_SPAN_MIN = 10  # a person changes visibly in this time
_POINTS = 2000  # all of them: heart rates of eleven minutes
_SIGNALS = (
    ("Heart rate", ("heart_rate", "pulse_rate")),
    ("Temperature", ("core_temperature", "body_temperature")),
)


def called_vitals(view: SessionView, trace: Tracer) -> list[CalledVital]:
    """Return heart rate, temperature and blood pressure of a session.

    Args:
        view: of the session.
        trace: returns a channel's values: channel, begin and end in ns, number of points.
    """
    return [*_channels(view, trace), _pressure(view)]


def _channels(view: SessionView, trace: Tracer) -> Iterator[CalledVital]:
    for label, signals in _SIGNALS:
        known = [
            channel
            for signal in signals
            for channel in view.channels
            if channel.channel.endswith(f"/{signal}") and channel.value is not None
        ]
        # A current value of the second signal is better than an old one of the first.
        channel = next((each for each in known if not each.stale), known[0] if known else None)
        if channel is None:
            yield CalledVital(label=label, value=NO_VALUE, note="no value")
            continue
        value = f"{number(channel.value, channel.decimals)} {symbol(channel.unit)}"
        note = _change(channel, trace, view.now_ns)
        if channel.stale:
            note = f"NOT LIVE: {duration(channel.age_s or 0)} ago"
        yield CalledVital(label=channel.label, value=value, note=note)


def _change(channel: ChannelView, trace: Tracer, now_ns: int) -> str:
    """Return the difference between the value now and the median of the minute ten minutes ago."""
    since_ns = now_ns - (_SPAN_MIN + 1) * _MINUTE_NS
    past = trace(channel.channel, since_ns, now_ns, _POINTS)
    then = past.values[(past.at_ns >= since_ns) & (past.at_ns < since_ns + _MINUTE_NS)]
    then = then[np.isfinite(then)]
    if channel.value is None or not then.size:
        return f"no value {_SPAN_MIN} min ago"
    change = f"{channel.value - float(np.median(then)):+.{channel.decimals}f}"
    return f"{'no change' if not float(change) else change} in {_SPAN_MIN} min"


def _pressure(view: SessionView) -> CalledVital:
    measured = [each for each in blood_pressures(view.spot_measurements) if each.counts]
    if not measured:
        return CalledVital(label="Blood pressure", value=NO_VALUE, note="not measured")
    latest = measured[0]
    pair = latest.text.partition(" ")[0]
    note = f"{minute(latest.at_ns, view.zone)}"
    note += "" if latest.mean is None else f", mean {latest.mean:.0f}"
    if len(measured) > 1:
        before = measured[1]
        note += f"; {before.text.partition(' ')[0]} at {minute(before.at_ns, view.zone)}"
    return CalledVital(label="Blood pressure", value=f"{pair} mmHg", note=note)
