"""A session's tile on the ward page, readable from four metres. Pure."""

from alerts.time_format import clock
from dashboards.console import judgement_text, status_summary
from dashboards.console.cards import age_attribute, how_old, trend
from dashboards.console.formatting import NO_VALUE, age, count, duration, number, stopwatch
from dashboards.console.markup import Html, join, tag
from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.sensors import SensorView
from dashboards.console.views.session import SessionView
from devices.units import symbol

# The large values: label, signal, and the signal shown if no sensor measures the first.
_BIG = (
    ("Heart rate", "heart_rate", "pulse_rate"),
    ("Temp.", "core_temperature", "body_temperature"),
)
_ROOM = "ambient_temperature"


def tile(view: SessionView) -> Html:
    """Return the content of a session's tile."""
    return join(
        [
            _head(view),
            tag("div", "tile-values", *(_value(view, *big) for big in _BIG)),
            _alarm(view),
            tag("div", "tile-line", tag("span", "tile-label", "Sensors"), sensors(view)),
            tag(
                "div",
                "tile-line",
                tag("span", "tile-label", "Oldest data"),
                oldest(view),
                tag("span", "tile-sound", sound(view)),
            ),
        ]
    )


def classes(view: SessionView) -> str:
    """Return the CSS classes of a session's tile."""
    unacknowledged = any(map(status_summary.unacknowledged, view.alarms))
    state = "unacknowledged" if unacknowledged else "acknowledged"
    return f"tile p-{status_summary.level(view)} {state}"


def oldest(view: SessionView) -> str:
    """Return label and age of the person's oldest value."""
    channels = [channel for channel in view.channels if _signal(channel) != _ROOM]
    if not channels:
        return "no values yet"
    last = max(
        channels, key=lambda channel: float("inf") if channel.age_s is None else channel.age_s
    )
    if last.age_s is None:
        return f"no {last.label.lower()} yet"
    return f"{last.label.lower()}, {age(last.age_s)}"


def sensors(view: SessionView) -> str:
    """Return the state of the sensors and of their batteries."""
    if not view.sensors:
        return "none configured"
    found = [(sensor, _problem(sensor, view)) for sensor in view.sensors]
    found.sort(key=lambda each: each[0].state == "connected")
    parts = [f"{sensor.label} {problem}" for sensor, problem in found if problem]
    well = [sensor for sensor, problem in found if not problem]
    if well:
        batteries = [sensor.battery for sensor in well if sensor.battery is not None]
        text = "others connected" if parts else "all connected"
        parts.append(f"{text}, battery ≥ {min(batteries):.0f} %" if batteries else text)
    return "; ".join(parts)


def sound(view: SessionView) -> str:
    """Return the state of the session's alarm audio."""
    if view.audio_paused_s > 0:
        return f"AUDIO PAUSED {stopwatch(view.audio_paused_s)[2:]}"
    return "sounding now" if status_summary.sounding([view]) else "sound on"


def _head(view: SessionView) -> Html:
    since = (
        "before dose"
        if view.dose_ns is None
        else f"{stopwatch((view.now_ns - view.dose_ns) / 1e9)[:-3]} since dose"
    )
    sign = status_summary.SIGNS[status_summary.level(view)]
    kind = "Replay" if view.replay is not None else "Virtual" if view.virtual else ""
    return tag(
        "div",
        "tile-head",
        tag("h2", "", view.participant),
        tag("span", "tile-room", view.room),
        tag("span", "badge" if kind else "", kind),
        tag("span", "tile-since", since),
        tag("span", "sign", sign),
    )


def _value(view: SessionView, name: str, *signals: str) -> Html:
    found = [
        channel
        for signal in signals
        for channel in sorted(view.channels, key=_display_order)
        if _signal(channel) == signal
    ]
    if not found:
        return tag(
            "div",
            "tile-value",
            tag("span", "tile-label", name),
            tag("div", "vital-value", tag("span", "value", NO_VALUE)),
            tag("span", "tile-state", "no sensor"),
        )
    channel = found[0]
    kind = f" p-{channel.priority}" if channel.priority else ""
    return tag(
        "div",
        f"tile-value{kind}{' stale' if channel.stale else ''}{_doubt(channel)}",
        tag("span", "tile-label", channel.label),
        tag(
            "div",
            "vital-value",
            tag("span", "value", number(channel.value, channel.decimals)),
            tag(
                "span",
                "beside-value",
                tag("span", "arrow", trend(channel)[0]),
                tag("span", "unit", symbol(channel.unit)),
            ),
        ),
        _state(channel, view),
    )


def _state(channel: ChannelView, view: SessionView) -> Html:
    """Return a value's alarm or how it is judged; a value that is not judged is never OK."""
    if text := judgement_text.unjudged(channel, view.zone):
        return tag("span", "tile-state", text)
    if not judgement_text.live(channel):
        return tag("span", "tile-state", how_old(channel), **age_attribute(channel.age_s))
    text = judgement_text.brief(channel, view)
    if channel.priority or not text:
        text = status_summary.SIGNS[channel.priority or status_summary.OK]
    return tag("span", "tile-state", text)


def _doubt(channel: ChannelView) -> str:
    return " in-doubt" if channel.state == judgement_text.NOT_JUDGED or channel.reason else ""


def _alarm(view: SessionView) -> Html:
    """Return the highest alarm, unacknowledged ones first, and when it was raised."""
    if not view.alarms:
        return tag("div", "tile-alarm quiet", status_summary.person(view).text)
    first = min(
        view.alarms, key=lambda alarm: (-status_summary.RANK[alarm.priority], _acknowledged(alarm))
    )
    at = clock(first.since_ns, view.zone)[:-3]
    since = duration((view.now_ns - first.since_ns) / 1e9)
    more = f", {count(len(first.inside), 'lower alarm')} inside" if first.inside else ""
    more += f", {len(view.alarms) - 1} more" if len(view.alarms) > 1 else ""
    acknowledged = f"acknowledged by {first.by}" if _acknowledged(first) else "NOT ACKNOWLEDGED"
    return tag(
        "div",
        f"tile-alarm p-{first.priority}",
        tag("strong", "sign", status_summary.SIGNS[first.priority]),
        tag("strong", "tile-message", first.message),
        tag("span", "", f"since {at} ({since}), {acknowledged}{more}"),
    )


def _acknowledged(alarm: AlarmView) -> bool:
    return not status_summary.unacknowledged(alarm)


def _display_order(channel: ChannelView) -> tuple[bool, int]:
    """Sort live values first, then those with the highest alarm."""
    return not judgement_text.live(channel), -status_summary.RANK[channel.priority or ""]


def _signal(channel: ChannelView) -> str:
    return channel.channel.partition("/")[2]


def _problem(sensor: SensorView, view: SessionView) -> str:
    battery = f"battery {sensor.battery:.0f} % LOW" if status_summary.battery_low(sensor) else ""
    state = "" if sensor.state == "connected" else sensor.state
    return ", ".join(filter(None, (state, status_summary.link_problem(sensor, view), battery)))
