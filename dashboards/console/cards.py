"""Cards of a page: a vital sign, a sensor. Pure."""

from dashboards.console import judgement_text, status_summary
from dashboards.console.formatting import age, count, number
from dashboards.console.markup import Html, join, tag
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.sensors import SensorView
from dashboards.console.views.session import SessionView
from devices.units import symbol

# A change per minute that counts as moving, and as moving fast. By UCUM code.
_MOVES = {"/min": (0.5, 2.0), "Cel": (0.01, 0.03)}
_TREND_MIN = {"/min": 1, "Cel": 10}  # heart rate changes within a minute, temperature does not

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


def vital(channel: ChannelView, view: SessionView) -> Html:
    """Return the current value of a channel, with its age, quality and judgement."""
    arrow, change = trend(channel)
    sign = status_summary.SIGNS.get(channel.priority or "", "")
    acknowledged = (
        " acknowledged" if sign and not status_summary.has_unacknowledged(channel, view) else ""
    )
    unjudged = channel.state == judgement_text.NOT_JUDGED
    return join(
        [
            tag(
                "div",
                "vital-head",
                tag("h2", "", channel.label),
                tag("span", "source", channel.channel.partition("/")[0]),
                tag("span", "vital-alarm", sign + acknowledged),
            ),
            tag(
                "div",
                "vital-value",
                tag("span", "value", number(channel.value, channel.decimals)),
                tag(
                    "span",
                    "beside-value",
                    tag("span", "arrow", arrow),
                    tag("span", "unit", symbol(channel.unit)),
                ),
            ),
            tag(
                "div",
                "vital-foot",
                tag("span", "age", how_old(channel), **age_attribute(channel.age_s)),
                tag("span", "quality", "" if unjudged else channel.quality),
                tag("span", "trend", change),
                tag("span", "judged", judgement_text.sentence(channel, view)),
            ),
        ]
    )


def vital_classes(channel: ChannelView, view: SessionView) -> str:
    """Return the CSS classes of a channel's card."""
    classes = ["vital-now"]
    if channel.priority:
        classes.append(f"p-{channel.priority}")
        classes.append(
            "unacknowledged" if status_summary.has_unacknowledged(channel, view) else "acknowledged"
        )
    if channel.stale:
        classes.append("stale")
    if channel.state == judgement_text.NOT_JUDGED or channel.reason:
        classes.append("in-doubt")
    return " ".join(classes)


def sensor(sensor: SensorView) -> Html:
    """Return the state of a sensor, with the reason if it does not work."""
    low = status_summary.battery_low(sensor)
    battery = "--" if sensor.battery is None else f"{sensor.battery:.0f} %"
    weak = " WEAK" if sensor.rssi is not None and sensor.rssi < _WEAK_DBM else ""
    return tag(
        "article",
        f"sensor s-{sensor.state}",
        tag(
            "div",
            "sensor-head",
            tag("strong", "", sensor.label),
            tag("span", "kind", sensor.kind),
            tag("span", "sensor-state", f"{_SENSOR_SIGNS.get(sensor.state, '?')} {sensor.state}"),
        ),
        tag("div", "reason", sensor.reason),
        tag(
            "div",
            "sensor-facts",
            tag("span", "low" if low else "", f"battery {battery}{' LOW' if low else ''}"),
            tag("span", "", f"{'--' if sensor.rssi is None else sensor.rssi} dBm{weak}"),
            tag("span", "", count(sensor.packets, "packet")),
            tag("span", "", count(sensor.gaps, "gap")),
            tag(
                "span",
                "",
                f"last data {age(sensor.age_s)}",
                **age_attribute(sensor.age_s),
                before="last data ",
            ),
        ),
    )


def how_old(channel: ChannelView) -> str:
    """Return the age of a value, marked if it is not live."""
    if channel.value is None:
        return "no value yet"
    return f"NOT LIVE - {age(channel.age_s)}" if channel.stale else age(channel.age_s)


def age_attribute(age_s: float | None) -> dict[str, str]:
    """Return the attribute from which the page counts an age if the server is lost."""
    return {} if age_s is None else {"age": f"{age_s:.0f}"}


def trend(channel: ChannelView) -> tuple[str, str]:
    """Return an arrow and a sentence for the trend of a value."""
    slope = channel.slope_per_min
    if slope is None or channel.stale or channel.value is None or channel.unit not in _MOVES:
        return "", ""
    moving, fast = _MOVES[channel.unit]
    if abs(slope) < moving:
        return "→", "steady"
    minutes = _TREND_MIN[channel.unit]
    change = f"{slope * minutes:+.{channel.decimals}f} in {minutes} min"
    if slope > 0:
        return ("↑" if slope >= fast else "↗"), change
    return ("↓" if slope <= -fast else "↘"), change
