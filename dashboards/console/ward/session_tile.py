"""A session's tile on the ward page, readable from four metres. Pure.

Each line has the same place and height in every state, so that nothing moves when alarms, ages and
measurements change.
"""

from collections.abc import Mapping

from alerts.time_format import minute
from dashboards.console.formatting import NO_VALUE, age, duration, number, stopwatch
from dashboards.console.markup import Html, join, tag
from dashboards.console.status import judgement_text, status_summary
from dashboards.console.status.cards import age_attribute, how_old
from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.sensors import SensorView
from dashboards.console.views.session import SessionView
from dashboards.console.ward.tile_measurements import due, pressure
from dashboards.texts import gettext as _
from dashboards.texts import in_sentence, marked, ngettext, shown
from devices.units import symbol

# The large values: label, signal, and the signal shown if no sensor measures the first.
_BIG = (
    (marked("Heart rate"), "heart_rate", "pulse_rate"),
    (marked("Temp."), "core_temperature", "body_temperature"),
)
_ROOM = "ambient_temperature"
_NO_CURVES: Mapping[str, Html] = {}


def tile(view: SessionView, curves: Mapping[str, Html] = _NO_CURVES) -> Html:
    """Return the content of a session's tile; `curves` are its sparklines by channel."""
    if view.ended:
        return _over(view)
    values = tag("div", "tile-values", *(_value(view, curves, *big) for big in _BIG))
    spots = tag("div", "tile-line tile-spots", pressure(view), due(view))
    if view.failure:
        values, spots = tag("p", "tile-over", _("NOT SHOWN")), tag("div", "tile-line")
    return join(
        [
            _head(view),
            values,
            spots,
            _alarm(view),
            _foot(view),
        ]
    )


def classes(view: SessionView) -> str:
    """Return the CSS classes of a session's tile: its alarm level, and its state."""
    if view.ended:
        return "tile ended"
    unacknowledged = any(map(status_summary.unacknowledged, view.alarms))
    names = [
        "tile",
        f"p-{status_summary.level(view)}",
        "unacknowledged" if unacknowledged else "acknowledged",
    ]
    if view.replay is not None:
        names.append("recording")
    elif view.preflight:
        names.append("not-started")
    return " ".join(names)


def room_name(name: str) -> str:
    """Return a room's name as one that a person recognises as a room.

    >>> room_name("2"), room_name("Room 2"), room_name("Garden")
    ('Room 2', 'Room 2', 'Garden')
    """
    return _("Room {name}").format(name=name) if name.isdigit() else name


def shown_alarm(view: SessionView) -> AlarmView | None:
    """Return the alarm that the tile shows: the highest unacknowledged one, or else the highest."""
    return min(
        view.alarms,
        key=lambda alarm: (_acknowledged(alarm), -status_summary.RANK[alarm.priority]),
        default=None,
    )


def oldest(view: SessionView) -> str:
    """Return label and age of the person's oldest value."""
    channels = [channel for channel in view.channels if _signal(channel) != _ROOM]
    if not channels:
        return _("no values yet")
    last = max(
        channels, key=lambda channel: float("inf") if channel.age_s is None else channel.age_s
    )
    if last.age_s is None:
        return _("no {signal} yet").format(signal=in_sentence(last.label))
    return f"{in_sentence(last.label)}, {age(last.age_s)}"


def sensors(view: SessionView) -> str:
    """Return the state of the sensors and of their batteries."""
    if not view.sensors:
        return _("no sensors configured")
    found = [(sensor, _problem(sensor, view)) for sensor in view.sensors]
    found.sort(key=lambda each: each[0].state == "connected")
    parts = [f"{sensor.label} {problem}" for sensor, problem in found if problem]
    well = [sensor for sensor, problem in found if not problem]
    if well:
        batteries = [sensor.battery for sensor in well if sensor.battery is not None]
        text = _("others connected") if parts else _("all connected")
        parts.append(
            _("{text}, battery ≥ {percent} %").format(text=text, percent=f"{min(batteries):.0f}")
            if batteries
            else text
        )
    return "; ".join(parts)


def _head(view: SessionView) -> Html:
    return tag(
        "div",
        "tile-head",
        tag("span", "tile-room", room_name(view.room)),
        tag("h2", "", view.participant),
        tag("span", "tile-since", _phase(view)),
        tag("span", "sign", status_summary.sign(status_summary.level(view))),
    )


def _phase(view: SessionView) -> str:
    if view.failure:
        return ""
    if view.replay is not None:
        return _("RECORDING {time}").format(time=minute(view.now_ns, view.zone))
    if view.preflight:
        return _("NOT STARTED")
    if view.dose_ns is None:
        return _("before dose")
    return _("dose +{time}").format(time=stopwatch((view.now_ns - view.dose_ns) / 1e9)[:-3])


def _over(view: SessionView) -> Html:
    """Return the tile of an ended session: no values, because nobody is monitored."""
    end = next((each for each in view.session_events if each.step == "end"), None)
    at_ns = view.now_ns if end is None else end.at_ns
    by = "" if end is None else _(" by {by}").format(by=end.by)
    return join(
        [
            tag(
                "div",
                "tile-head",
                tag("span", "tile-room", room_name(view.room)),
                tag("h2", "", view.participant),
            ),
            tag("p", "tile-over", _("Ended {time}").format(time=minute(at_ns, view.zone))),
            tag("p", "", _("Ended{by}; monitoring has stopped.").format(by=by)),
        ]
    )


def _value(view: SessionView, curves: Mapping[str, Html], name: str, *signals: str) -> Html:
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
            tag("span", "tile-label", _(name)),
            tag("span", "value", NO_VALUE),
            tag("span", "tile-state", _("no sensor")),
            tag("span", "tile-curve"),
        )
    channel = found[0]
    kind = f" p-{channel.priority}" if channel.priority else ""
    waits = " waiting" if channel.waits and not channel.priority else ""
    return tag(
        "div",
        f"tile-value{kind}{' stale' if channel.stale else ''}{_doubt(channel)}{waits}",
        tag("span", "tile-label", f"{channel.label} {symbol(channel.unit)}"),
        tag("span", "value", number(channel.value, channel.decimals)),
        _state(channel, view),
        tag("span", "tile-curve", curves.get(channel.channel, "")),
    )


def _state(channel: ChannelView, view: SessionView) -> Html:
    """Return a value's alarm or how it is judged; empty if it is judged and without alarm."""
    if text := judgement_text.unjudged(channel, view.zone):
        return tag("span", "tile-state", text)
    if not judgement_text.live(channel):
        return tag("span", "tile-state", how_old(channel), **age_attribute(channel.age_s))
    if channel.priority:
        return tag("span", "tile-state", status_summary.sign(channel.priority))
    return tag("span", "tile-state", judgement_text.brief(channel, view))


def _doubt(channel: ChannelView) -> str:
    return " in-doubt" if channel.state == judgement_text.NOT_JUDGED or channel.reason else ""


def _alarm(view: SessionView) -> Html:
    """Return the highest alarm and when it was raised; ``data-alarm`` is its key."""
    first = shown_alarm(view)
    if first is None:
        return tag("div", "tile-alarm quiet", status_summary.person(view).text)
    at = minute(first.since_ns, view.zone)
    since = duration((view.now_ns - first.since_ns) / 1e9)
    more = (
        ngettext(", {n} lower alarm inside", ", {n} lower alarms inside", len(first.inside))
        if first.inside
        else ""
    )
    more += _(", {count} more").format(count=len(view.alarms) - 1) if len(view.alarms) > 1 else ""
    acknowledged = (
        _("acknowledged by {by}").format(by=first.by)
        if _acknowledged(first)
        else _("NOT ACKNOWLEDGED")
    )
    if first.state == "latched":
        acknowledged = _("OVER, TO BE RESET")
    return tag(
        "div",
        f"tile-alarm p-{first.priority}",
        tag("strong", "sign", status_summary.stars(first.priority)),
        tag("strong", "tile-message", first.message),
        tag(
            "span",
            "tile-facts",
            _("since {at} ({since}), {acknowledged}{more}").format(
                at=at, since=since, acknowledged=acknowledged, more=more
            ),
        ),
        title=first.message,
        alarm=first.key,
    )


def _foot(view: SessionView) -> Html:
    """Return the audio pause, sensors with problems, or the age of the oldest value."""
    parts = [tag("span", "badge", _("SIMULATED"))] if view.virtual else []
    if view.audio_paused_s > 0:
        left = stopwatch(view.audio_paused_s)[2:]
        parts.insert(0, tag("strong", "tile-paused", _("AUDIO PAUSED {left}").format(left=left)))
    elif view.failure:
        return tag("div", "tile-line tile-foot", *parts)
    elif status_summary.sensors(view).level == status_summary.OK:
        parts.append(tag("span", "", _("Oldest: {value}").format(value=oldest(view))))
    else:
        parts.append(tag("span", "", _("Sensors: {problems}").format(problems=sensors(view))))
    hint = f"{sensors(view)}; {oldest(view)}"
    return tag("div", "tile-line tile-foot", *parts, title=hint)


def _acknowledged(alarm: AlarmView) -> bool:
    return not status_summary.unacknowledged(alarm)


def _display_order(channel: ChannelView) -> tuple[bool, int]:
    """Sort live values first, then those with the highest alarm."""
    return not judgement_text.live(channel), -status_summary.RANK[channel.priority or ""]


def _signal(channel: ChannelView) -> str:
    return channel.channel.partition("/")[2]


def _problem(sensor: SensorView, view: SessionView) -> str:
    battery = (
        _("battery {percent} % LOW").format(percent=f"{sensor.battery:.0f}")
        if status_summary.battery_low(sensor)
        else ""
    )
    state = "" if sensor.state == "connected" else shown(sensor.state)
    return ", ".join(filter(None, (state, status_summary.link_problem(sensor, view), battery)))
