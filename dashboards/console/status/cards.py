"""Cards of a page: a vital sign, a sensor. Pure."""

from collections.abc import Iterable

from dashboards.console.formatting import NO_VALUE, age, number, plain
from dashboards.console.markup import Html, join, tag
from dashboards.console.status import judgement_text, status_summary
from dashboards.console.views.channels import CHANGE_MIN, ChannelView, LimitView
from dashboards.console.views.sensors import SensorView
from dashboards.console.views.session import SessionView
from dashboards.texts import decimal, ngettext, shown
from dashboards.texts import gettext as _
from devices.units import symbol

# A change within `CHANGE_MIN` that counts as moving, and as moving fast. By UCUM code.
_MOVES = {"/min": (5.0, 15.0), "Cel": (0.1, 0.3), "%": (2.0, 4.0)}

# A sign in addition to the colour of a sensor's state.
_SENSOR_SIGNS = {
    "connected": "●",
    "waiting": "○",
    "searching": "◌",
    "silent": "◐",
    "failed": "✕",
    "lost": "✕",
}
_WEAK_DBM = -85
_WIDE = 6  # characters of a value that needs a smaller font


def vital(channel: ChannelView, view: SessionView) -> Html:
    """Return the current value of a channel with its alarm limits, age, quality and judgement."""
    sign = status_summary.sign(channel.priority or "")
    acknowledged = (
        _(" acknowledged") if sign and not status_summary.has_unacknowledged(channel, view) else ""
    )
    arrow, change = trend(channel)
    if view.ended:
        return numeric(channel.label, "", "", NO_VALUE, (symbol(channel.unit), ""), (), ())
    judged = judgement_text.sentence(channel, view)
    return numeric(
        channel.label,
        channel.channel.partition("/")[0],
        sign + acknowledged,
        number(channel.value, channel.decimals),
        (symbol(channel.unit), arrow),
        [(limit, plain(round(limit.value, 1), channel.unit)) for limit in channel.limits],
        [
            tag("span", "age", how_old(channel), **age_attribute(channel.age_s)),
            tag("span", "trend", change),
            tag("span", "judged", judged, title=judged),
            tag("span", "quality", "" if judged else shown(channel.quality)),
        ],
    )


def numeric(
    label: str,
    source: str,
    sign: str,
    value: str,
    beside: tuple[str, str],
    limits: Iterable[tuple[LimitView, str]],
    foot: Iterable[Html],
) -> Html:
    """Return the content of a numeric tile.

    Args:
        label: name of the value.
        source: of the value.
        sign: of its alarm, or empty.
        value: as text.
        beside: the unit, and a sign of its course.
        limits: in force, each with its text.
        foot: what stands under the value.
    """
    stars, words = sign.split()[:1], sign.split()[1:]
    return join(
        [
            tag(
                "div",
                "vital-head",
                tag("div", "vital-name", tag("h2", "", label), tag("span", "source", source)),
                tag("div", "vital-alarm", *stars, *map(_word, words)),
            ),
            tag(
                "div",
                "vital-value",
                tag("span", "value" if len(value) < _WIDE else "value wide", value),
                tag(
                    "span",
                    "beside-value",
                    tag("span", "arrow", beside[1]),
                    tag("span", "unit", beside[0]),
                ),
            ),
            _limits(limits),
            tag("div", "vital-foot", *foot),
        ]
    )


def _word(word: str) -> Html:
    return join([Html(" "), tag("span", "word", word)])


def _limits(limits: Iterable[tuple[LimitView, str]]) -> Html:
    """Return the alarm limits of each priority, highest value first.

    Of several on one side with one priority the one that is reached first counts.
    """
    tightest: dict[tuple[str, bool], tuple[float, str]] = {}
    for limit, text in limits:
        if limit.priority == "info":
            continue
        key = limit.priority, limit.upper
        tighter = min if limit.upper else max
        tightest[key] = tighter(tightest.get(key, (limit.value, text)), (limit.value, text))
    sides = []
    for upper in (True, False):
        lines = [(each, priority) for (priority, up), each in tightest.items() if up is upper]
        if lines:
            nearest = min(lines) if upper else max(lines)
            sides.append(_side(sorted(lines, reverse=True), nearest, upper=upper))
    return tag("div", "limits", *sides)


_Line = tuple[tuple[float, str], str]  # value, its text, and the priority


def _side(lines: Iterable[_Line], nearest: _Line, *, upper: bool) -> Html:
    title = _("Upper alarm limit") if upper else _("Lower alarm limit")
    return tag(
        "div",
        "upper" if upper else "lower",
        *(
            tag(
                "span",
                f"p-{line[1]} nearest" if line == nearest else f"p-{line[1]}",
                tag("i", "", status_summary.stars(line[1])),
                line[0][1],
                title=_("{title}, {priority} priority").format(
                    title=title, priority=shown(line[1])
                ),
            )
            for line in lines
        ),
    )


def vital_classes(channel: ChannelView, view: SessionView) -> str:
    """Return the CSS classes of a channel's card."""
    classes = ["vital-now"]
    if view.ended:
        return "vital-now stale"
    if channel.priority:
        classes.append(f"p-{channel.priority}")
        classes.append(
            "unacknowledged" if status_summary.has_unacknowledged(channel, view) else "acknowledged"
        )
    if channel.stale:
        classes.append("stale")
    if channel.state == judgement_text.NOT_JUDGED or channel.reason:
        classes.append("in-doubt")
    elif any(wait.what == "settling" for wait in channel.waits):
        classes.append("waiting")
    return " ".join(classes)


def sensor(sensor: SensorView) -> Html:
    """Return the state of a sensor, with the reason if it does not work."""
    low = status_summary.battery_low(sensor)
    battery = "--" if sensor.battery is None else f"{sensor.battery:.0f} %"
    weak = _(" WEAK") if sensor.rssi is not None and sensor.rssi < _WEAK_DBM else ""
    return tag(
        "article",
        f"sensor s-{sensor.state}",
        tag(
            "div",
            "sensor-head",
            tag("strong", "", sensor.label),
            tag("span", "kind", sensor.kind),
            tag(
                "span",
                "sensor-state",
                f"{_SENSOR_SIGNS.get(sensor.state, '?')} {shown(sensor.state)}",
            ),
        ),
        tag("div", "reason", sensor.reason, title=sensor.reason),
        tag(
            "div",
            "sensor-facts",
            tag(
                "span",
                "low" if low else "",
                _("battery {percent} LOW").format(percent=battery)
                if low
                else _("battery {percent}").format(percent=battery),
            ),
            tag("span", "", f"{'--' if sensor.rssi is None else sensor.rssi} dBm{weak}"),
            tag("span", "", ngettext("{n} packet", "{n} packets", sensor.packets)),
            tag("span", "", ngettext("{n} gap", "{n} gaps", sensor.gaps)),
            tag(
                "span",
                "",
                _("last data {age}").format(age=age(sensor.age_s)),
                **age_attribute(sensor.age_s),
                before=_("last data {age}").format(age=""),
            ),
        ),
    )


def how_old(channel: ChannelView) -> str:
    """Return the age of a value, marked if it is not live."""
    if channel.value is None:
        return _("no value yet")
    return (
        _("NOT LIVE - {age}").format(age=age(channel.age_s))
        if channel.stale
        else age(channel.age_s)
    )


def age_attribute(age_s: float | None) -> dict[str, str]:
    """Return the attribute from which the page counts an age if the server is lost."""
    return {} if age_s is None else {"age": f"{age_s:.0f}"}


def trend(channel: ChannelView) -> tuple[str, str]:
    """Return an arrow and a sentence for the measured change of a value; empty if unknown."""
    change = channel.change
    if change is None or channel.stale or channel.value is None:
        return "", ""
    rounded = round(change, channel.decimals) + 0.0  # without a negative zero
    text = _("{change} in {minutes} min").format(
        change=decimal(f"{rounded:+.{channel.decimals}f}"), minutes=CHANGE_MIN
    )
    if channel.unit not in _MOVES:
        return "", text
    moving, fast = _MOVES[channel.unit]
    if abs(rounded) < moving:
        return "→", text
    if rounded > 0:
        return ("↑" if rounded >= fast else "↗"), text
    return ("↓" if rounded <= -fast else "↘"), text
