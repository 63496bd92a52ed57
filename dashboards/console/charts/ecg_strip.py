"""A strip of ECG on squares of 0.2 s, as on paper at 25 mm/s and 10 mm/mV. Pure.

For review only: nothing here interprets the curve. A strip is drawn whole each time, and its right
end is the present, so that a trace that does not continue moves away and leaves an empty end with
the reason in words.
"""

from collections.abc import Sequence
from html import escape
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from alerts.time_format import clock
from dashboards.console.formatting import duration
from dashboards.console.markup import Html, join, tag
from dashboards.console.views.ecg import EcgView
from dashboards.console.views.session import SessionView
from dashboards.texts import decimal, marked, shown
from dashboards.texts import gettext as _
from devices.ecg import EcgBlock

NOTE = marked("for review only, not diagnosed")
LEAD = marked("one lead between the strap's electrodes")

_SQUARE = 100  # side of a square in the units of the drawing
_SQUARE_NS = 200_000_000
_ROWS = 6
_BASELINE = 4 * _SQUARE  # two thirds down: a beat is higher than deep
_GAINS_MV = (0.5, 1.0, 2.0, 4.0)  # per square; the first is that of paper
# What the extremes may reach within the strip, upwards and downwards, in squares.
_UP, _DOWN = 3.8, 1.9
_EXTREMES = (0.2, 99.8)  # percentiles: peaks of beats are within, single artefacts are cut off
_GAP_INTERVALS = 4  # between samples, as `devices.ecg` counts missing ones
_LATE_NS = 2_000_000_000  # a packet lasts half a second, and waits for the radio
_FLAT_NS = 3_000_000_000
_FLAT_UV = 20.0  # less than the noise of electrodes on skin


class _Curve:
    """The samples of blocks around their median.

    Attributes:
        mv: shape (n_samples,), in millivolts.
        gain_mv: millivolts of a square with which it fits into a strip.
    """

    def __init__(self, blocks: Sequence[EcgBlock]) -> None:
        uv = np.array([*chain.from_iterable(block.uv for block in blocks)], np.float64)
        self.mv = (uv - np.median(uv)) / 1000 if uv.size else uv
        self.gain_mv = _GAINS_MV[0]
        if uv.size:
            low, high = np.percentile(self.mv, _EXTREMES)
            fits = (gain for gain in _GAINS_MV if high <= _UP * gain and -low <= _DOWN * gain)
            self.gain_mv = next(fits, _GAINS_MV[-1])


def live_strip(ecg: EcgView, view: SessionView) -> Html:
    """Return the strip of a session's page: its last seconds, at the time that is shown."""
    curve = _Curve(ecg.blocks)
    state = "" if view.ended else _state(ecg, view)
    sensor = next((each for each in view.sensors if each.label == ecg.sensor), None)
    if sensor is not None and state and sensor.state != "connected":
        state += f" ({shown(sensor.state)})"
    spoken = _("ECG of {sensor}, last 15 seconds. {state}").format(sensor=ecg.sensor, state=state)
    drawing = Html() if view.ended else _drawing(ecg, curve, spoken)
    when = "" if view.replay is None else _("at {time}").format(time=clock(view.now_ns, view.zone))
    name = [tag("h2", "", _("ECG")), tag("span", "source", f"{ecg.sensor} {when}".strip())]
    return _strip(name, curve, drawing, state)


def past_strip(ecg: EcgView, alarm_ns: int, view: SessionView) -> Html:
    """Return the strip around an alarm, with a line where it was raised."""
    curve = _Curve(ecg.blocks)
    raised = clock(alarm_ns, view.zone)
    spoken = _("ECG of {sensor} around {time}").format(sensor=ecg.sensor, time=raised)
    incomplete = ecg.now_ns < ecg.until_ns
    states = [_gaps_in_words(ecg), _("not complete yet") if incomplete else ""]
    state = ", ".join(filter(None, states))
    since, until = clock(ecg.since_ns, view.zone), clock(ecg.until_ns, view.zone)
    name = [
        tag("strong", "", f"{_('ECG')} {ecg.sensor}"),
        tag(
            "span",
            "",
            _("{since} to {until}, line: alarm raised {time}").format(
                since=since, until=until, time=raised
            ),
        ),
    ]
    strip = _strip(name, curve, _drawing(ecg, curve, spoken, alarm_ns), state)
    # It may be wider than the page, and then scrolls, also with keys.
    label = escape(_("ECG"))
    return Html(
        f'<div class="ecg-past" tabindex="0" role="group" aria-label="{label}">{strip}</div>'
    )


def _strip(name: Sequence[Html], curve: _Curve, drawing: Html, state: str) -> Html:
    scale = _("squares: {seconds} s, {millivolts} mV").format(
        seconds=decimal("0.2"), millivolts=decimal(f"{curve.gain_mv:g}")
    )
    head = [*name, tag("span", "ecg-lead", _(LEAD)), tag("span", "ecg-scale", scale)]
    return join(
        [
            tag("div", "ecg-head", *head, tag("strong", "ecg-note", _(NOTE))),
            tag("div", "ecg-paper", drawing, tag("span", "ecg-state", state) if state else ""),
        ]
    )


def _state(ecg: EcgView, view: SessionView) -> str:
    """Return what is wrong with the signal in words; empty if it is complete."""
    if ecg.last_ns is None:
        return _("No ECG received yet")
    silent_ns = ecg.until_ns - ecg.last_ns
    if not ecg.blocks:
        return _("No ECG since {time}").format(time=clock(ecg.last_ns, view.zone))
    if silent_ns > _LATE_NS:
        return _("No ECG for {duration}").format(duration=duration(silent_ns / 1e9))
    if _flat(ecg.blocks):
        return _("Flat line: look at the person, check the electrodes")
    return _gaps_in_words(ecg)


def _flat(blocks: Sequence[EcgBlock]) -> bool:
    """Return whether the newest seconds are flatter than any skin."""
    newest_ns = blocks[-1].last_ns
    last = [block for block in blocks if block.first_ns >= newest_ns - _FLAT_NS]
    values = [uv for block in last for uv in block.uv]
    long_enough = bool(last) and newest_ns - last[0].first_ns >= _FLAT_NS // 2
    return long_enough and max(values) - min(values) < _FLAT_UV


def _gaps_in_words(ecg: EcgView) -> str:
    missing_ns = sum(end - begin for begin, end in _gaps(ecg))
    seconds = decimal(f"{missing_ns / 1e9:.1f}")
    return _("Gap: {seconds} s missing").format(seconds=seconds) if missing_ns else ""


def _gaps(ecg: EcgView) -> list[tuple[int, int]]:
    """Return the periods without samples, except the last seconds, in which they may be late."""
    blocks, end_ns = ecg.blocks, min(ecg.until_ns, ecg.now_ns)
    if not blocks:
        return [(ecg.since_ns, end_ns)]
    gaps = [
        (before.last_ns, after.first_ns)
        for (before, after), gap in zip(pairwise(blocks), _breaks(blocks), strict=True)
        if gap
    ]
    if blocks[0].first_ns > ecg.since_ns and blocks[0].missing != 0:  # else it is the first of all
        gaps.insert(0, (ecg.since_ns, blocks[0].first_ns))
    if end_ns - blocks[-1].last_ns > _LATE_NS:
        gaps.append((blocks[-1].last_ns, end_ns))
    return gaps


def _drawing(ecg: EcgView, curve: _Curve, spoken: str, mark_ns: int | None = None) -> Html:
    width = _x(ecg, ecg.until_ns)
    height = _ROWS * _SQUARE
    parts = [
        f'<rect class="ecg-gap" x="{_x(ecg, begin)}" width="{_x(ecg, end) - _x(ecg, begin)}" '
        f'y="0" height="{height}"/>'
        for begin, end in _gaps(ecg)
    ]
    if mark_ns is not None:
        at = _x(ecg, mark_ns)
        parts.append(f'<path class="ecg-mark" d="M{at} 0V{height}"/>')
    parts.append(f'<path class="ecg-trace" d="{_path(ecg, curve)}"/>')
    return Html(
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(spoken)}">'
        f"{''.join(parts)}</svg>"
    )


def _x(ecg: EcgView, at_ns: int) -> int:
    inside = min(max(at_ns, ecg.since_ns), ecg.until_ns)
    return (inside - ecg.since_ns) * _SQUARE // _SQUARE_NS


def _path(ecg: EcgView, curve: _Curve) -> str:
    """Return the samples as SVG path data in whole units of 2 ms; a gap ends a line."""
    if not ecg.blocks:
        return ""
    ys = np.rint(_BASELINE - curve.mv / curve.gain_mv * _SQUARE).clip(0, _ROWS * _SQUARE)
    at_ns = [
        block.first_ns - ecg.since_ns + np.arange(len(block.uv)) * block.interval_ns
        for block in ecg.blocks
    ]
    xs = np.rint(np.concatenate(at_ns) * (_SQUARE / _SQUARE_NS))
    starts = np.cumsum([len(block.uv) for block in ecg.blocks])[:-1]
    breaks = [at for at, gap in zip(starts, _breaks(ecg.blocks), strict=True) if gap]
    return "".join(_line(part.astype(int)) for part in np.split(np.stack((xs, ys), axis=1), breaks))


def _line(points: NDArray[np.int64]) -> str:
    """Return a line through points, shape (n, 2); a single one is a dot."""
    steps = " ".join(map(str, np.diff(points, axis=0).ravel().tolist()))
    return f"M{points[0, 0]} {points[0, 1]}l{steps or '0 0'}"


def _breaks(blocks: Sequence[EcgBlock]) -> list[bool]:
    """Return whether samples are missing between each block and the next."""
    return [
        after.first_ns - before.last_ns > _GAP_INTERVALS * after.interval_ns
        for before, after in pairwise(blocks)
    ]
