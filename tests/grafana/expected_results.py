"""Expected results of each query, derived only from the journals' facts.

An expectation is a list of rows: tags, columns, and the time where it is relevant. A panel's
title stands for the same queries on every dashboard.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.grafana.dashboards import Chosen
from tests.grafana.recorded_sessions import Point

Row = dict[str, Any]
SESSION = ("site", "session", "participant")
LONG_S = 12 * 3600
BAND_S = 120
HEART, CORE = "heart_rate", "core_temperature"


@dataclass(frozen=True)
class Moment:
    """Time and sessions of a query."""

    points: Sequence[Point]
    chosen: Chosen
    since_ns: int
    now_ns: int
    step_s: int

    def of(
        self,
        measurement: str,
        where: Callable[[Point], bool] = lambda _: True,
        within_s: int | None = None,
    ) -> list[Point]:
        """Return the points of a measurement in order of time."""
        since_ns = self.since_ns if within_s is None else self.now_ns - within_s * 10**9 + 1
        found = [
            point
            for point in self.points
            if point.measurement == measurement
            and since_ns <= point.at_ns <= self.now_ns
            and all(point.tags[name] in values for name, values in self.chosen.items())
            and where(point)
        ]
        return sorted(found, key=lambda point: point.at_ns)


Expected = Callable[[Moment], list[Row]]


def good(point: Point) -> bool:
    return bool(point["quality"] == 0)


def kind(name: str) -> Callable[[Point], bool]:
    return lambda point: bool(point["kind"] == name)


def by(points: Iterable[Point], *tags: str) -> dict[tuple[str, ...], list[Point]]:
    found: dict[tuple[str, ...], list[Point]] = {}
    for point in points:
        found.setdefault(tuple(point.tags[tag] for tag in tags), []).append(point)
    return found


def having(points: Iterable[Point], field: str) -> list[Point]:
    return [point for point in points if point[field] is not None]


def plain(points: Iterable[Point], tags: Sequence[str], *columns: str) -> list[Row]:
    """Return a row for each point."""
    return [
        {"time": point.at_ns}
        | {tag: point.tags[tag] for tag in tags}
        | {column: point[column] for column in columns}
        for point in points
    ]


def last(points: Iterable[Point], field: str, tags: Sequence[str], *more: str) -> list[Row]:
    """Return the last point of each series that has the field."""
    latest = [series[-1] for series in by(having(points, field), *tags).values()]
    return plain(latest, tags, field, *more)


def binned(
    points: Iterable[Point],
    field: str,
    tags: Sequence[str],
    step_s: int,
    of: Callable[[list[Any]], Any],
) -> list[Row]:
    """Return the result of `of` for each time step of each series."""
    rows = []
    for key, series in by(having(points, field), *tags).items():
        steps: dict[int, list[Any]] = {}
        for point in series:
            step_ns = step_s * 10**9
            steps.setdefault(point.at_ns // step_ns * step_ns, []).append(point[field])
        rows += [
            {"time": at_ns, "value": of(values)} | dict(zip(tags, key, strict=True))
            for at_ns, values in steps.items()
        ]
    return rows


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def newest(values: list[Any]) -> Any:
    return values[-1]


def filled(moment: Moment, rows: list[Row], step_s: int) -> list[Row]:
    """Return the rows, with a zero for each time step without one."""
    step_ns = step_s * 10**9
    found = {tuple(sorted((k, v) for k, v in row.items() if k != "value")) for row in rows}
    series = {tuple(item for item in key if item[0] != "time") for key in found}
    zeros = [
        row | {"value": 0}
        for tags in series
        for at_ns in range(moment.since_ns // step_ns * step_ns, moment.now_ns + 1, step_ns)
        if tuple(sorted((row := {"time": at_ns} | dict(tags)).items())) not in found
    ]
    return rows + zeros


# One function for each kind of query


def values(signal: str, *tags: str) -> Expected:
    return lambda at: binned(at.of(signal, good), "value", tags, at.step_s, mean)


def last_value(signal: str) -> Expected:
    return lambda at: as_value(last(at.of(signal, good), "value", ["sensor"]), "value")


def as_value(rows: list[Row], column: str) -> list[Row]:
    return [{("value" if k == column else k): v for k, v in row.items()} for row in rows]


def limits(signal: str, side: str) -> Expected:
    return lambda at: binned(
        at.of("limits", lambda point: point["signal"] == signal),
        side,
        ["rule", "sensor"],
        at.step_s,
        newest,
    )


def band(signal: str, side: str) -> Expected:
    def expected(at: Moment) -> list[Row]:
        points = at.of("limits", lambda point: point["signal"] == signal)
        steps: dict[int, list[float]] = {}
        for row in binned(points, side, ["rule", "sensor"], BAND_S, newest):
            steps.setdefault(row["time"], []).append(row["value"])
        tightest = min if side == "upper" else max
        return [{"time": at_ns, "value": tightest(found)} for at_ns, found in steps.items()]

    return expected


def highest(where: Callable[[Point], bool]) -> Expected:
    def expected(at: Moment) -> list[Row]:
        latest = last(at.of("alarms", where), "level", ["rule", "sensor"])
        return [{"value": max(row["level"] for row in latest)}] if latest else []

    return expected


def timeline(name: str) -> Expected:
    return lambda at: as_value(
        plain(at.of("alarms", kind(name)), ["rule", "sensor"], "level"), "level"
    )


def open_alarms(at: Moment) -> list[Row]:
    tags = ("participant", "session", "sensor", "rule")
    points = at.of("alarms", within_s=LONG_S)
    rows = last(points, "level", [*SESSION, "rule", "sensor"], "message", "value", "limit", "head")
    return [
        {name: row[name] for name in (*tags, "level", "message", "value", "limit")}
        for row in rows
        if row["level"] > 0 and row["head"] == ""
    ]


def steps(at: Moment) -> list[Row]:
    tags = ("kind", "priority", "sensor", "rule")
    return plain(at.of("alarms")[-100:], tags, "step", "message", "value", "limit", "by")


def raised(*tags: str, column: str) -> Expected:
    return lambda at: [
        dict(zip(tags, key, strict=True)) | {column: len(points)}
        for key, points in by(at.of("alarms", _raised), *tags).items()
    ]


def per_hour(at: Moment) -> list[Row]:
    return filled(at, binned(at.of("alarms", _raised), "level", ["priority"], 3600, len), 3600)


def _raised(point: Point) -> bool:
    return bool(point["step"] == "raised" and point["head"] == "")


def told(field: str) -> Expected:
    return lambda at: binned(at.of("links"), field, ["sensor"], at.step_s, newest)


def per_minute(counter: str) -> Expected:
    def expected(at: Moment) -> list[Row]:
        rows = binned(at.of("links"), counter, ["sensor"], BAND_S, newest)
        return [
            new | {"value": (new["value"] - old["value"]) / (new["time"] - old["time"]) * 60e9}
            for old, new in pairwise(rows)
            if old["sensor"] == new["sensor"] and new["value"] >= old["value"]
        ]

    return expected


def not_valid(signal: str) -> Expected:
    return lambda at: filled(
        at,
        binned(
            at.of(signal, lambda point: point["quality"] > 0), "quality", ["sensor"], BAND_S, len
        ),
        BAND_S,
    )


def by_hand(signal: str) -> Expected:
    return lambda at: [
        {"time": row["time"], signal: row["value"]}
        for row in plain(
            at.of(signal, lambda point: point["sensor"] == "manual")[-50:], (), "value"
        )
    ]


def points(measurement: str, tags: Sequence[str], *columns: str) -> Expected:
    return lambda at: plain(at.of(measurement), tags, *columns)


def session_levels(at: Moment) -> list[Row]:
    latest = last(at.of("alarms", within_s=LONG_S), "level", [*SESSION, "rule", "sensor"])
    worst: dict[tuple[str, ...], int] = {}
    for row in latest:
        key = tuple(row[name] for name in SESSION)
        worst[key] = max(worst.get(key, 0), row["level"])
    return [dict(zip(SESSION, key, strict=True)) | {"level": level} for key, level in worst.items()]


def session_values(signal: str, recent_s: int) -> Expected:
    return lambda at: [
        {(signal if k == "value" else k): v for k, v in row.items()}
        for row in last(at.of(signal, good, within_s=recent_s), "value", SESSION)
    ]


def connected(at: Moment) -> list[Row]:
    latest = last(at.of("links", within_s=150), "connected", [*SESSION, "sensor"])
    counted: dict[tuple[str, ...], int] = {}
    for row in latest:
        if row["connected"]:
            key = tuple(row[name] for name in SESSION)
            counted[key] = counted.get(key, 0) + 1
    return [dict(zip(SESSION, key, strict=True)) | {"connected": n} for key, n in counted.items()]


def variability(statistic: str) -> Expected:
    return lambda at: binned(at.of("rolling"), statistic, ["window", "sensor"], at.step_s, mean)


def known(name: str) -> Expected:
    order = ("site", "session", "participant")

    def expected(at: Moment) -> list[Row]:
        found = {
            point.tags[name]
            for point in at.points
            if point.measurement == "links"
            and all(point.tags[other] in at.chosen[other] for other in order[: order.index(name)])
        }
        return [{"key": name, "value": value} for value in found]

    return expected


_LABELS = {HEART: "Heart rate", CORE: "Core temperature"}
_MANUAL = (
    "systolic",
    "diastolic",
    "mean_arterial",
    "pulse_rate",
    "body_temperature",
    "spo2",
    "fluid_intake",
)
EXPECTED: dict[str, Expected] = {
    "Person/A": highest(kind("physiological")),
    "Rules on several signals/A": highest(
        lambda point: point["kind"] == "physiological" and point["sensor"] == "-"
    ),
    "Spot measurements/A": highest(
        lambda point: point["kind"] == "physiological" and point["sensor"] == "session"
    ),
    "Equipment/A": highest(kind("technical")),
    "Protocol and monitor/A": highest(
        lambda point: point["kind"] == "technical" and point["sensor"] == "-"
    ),
    "Physiological alarms/A": timeline("physiological"),
    "Technical alarms/A": timeline("technical"),
    "Open alarms/A": open_alarms,
    "Alarm history/A": steps,
    "Raised by priority/A": raised("kind", "priority", column="value"),
    "Raised by rule/A": raised("rule", "sensor", "kind", "priority", column="raised"),
    "Raised per hour/A": per_hour,
    "Calls/A": points(
        "calls", ("participant", "recipient"), "step", "call", "tier", "priority", "rules", "by"
    ),
    "Links to sensors/A": told("state"),
    "Sensors/A": lambda at: last(
        at.of("links"), "state", ["sensor"], "battery", "rssi", "packets", "gaps"
    ),
    "Battery/A": told("battery"),
    "Signal strength/A": told("rssi"),
    "Packets per minute/A": per_minute("packets"),
    "Gaps per minute/A": per_minute("gaps"),
    "Heart rate variability/A": variability("rmssd"),
    "Heart rate variability/B": variability("sdnn"),
    "Ratings/A": lambda at: as_value(
        plain(having(at.of("markers"), "rating"), (), "rating"), "rating"
    ),
    "Markers/A": points("markers", ("marker",), "rating", "by"),
    "Baselines/A": points("baseline", ("sensor", "signal"), "value", "spread", "coverage"),
    "Rules changed/A": points("policies", ("rule",), "change", "by"),
    "Recorded sessions/A": lambda at: last(at.of("links"), "packets", SESSION),
    "Sessions/A": lambda at: last(at.of("links"), "packets", SESSION),
    "Sessions/B": session_levels,
    "Sessions/C": session_values(HEART, 30),
    "Sessions/D": session_values(CORE, 270),
    "Sessions/E": connected,
    "annotation Markers": points("markers", ("marker",), "count"),
    "annotation Adverse events": points("adverse_events", (), "kind", "step"),
    "annotation Rules": points("policies", ("rule",), "change"),
    **{f"variable {name}": known(name) for name in SESSION},
    **{
        f"Manual measurements/{ref}": by_hand(signal)
        for ref, signal in zip("ABCDEFG", _MANUAL, strict=True)
    },
    **{
        f"Blood pressure/{ref}": (
            lambda at, signal=signal: plain(at.of(signal, good), ["sensor"], "value")  # type: ignore[misc]
        )
        for ref, signal in zip("ABC", _MANUAL[:3], strict=True)
    },
    **{
        f"Other temperatures/{ref}": values(signal, "sensor")
        for ref, signal in zip(
            "ABC", ("body_temperature", "skin_temperature", "ambient_temperature"), strict=True
        )
    },
}
for _ref, (_signal, _label) in zip("AB", _LABELS.items(), strict=True):
    EXPECTED |= {
        f"{_label}/A": last_value(_signal),
        f"{_label}: age/A": last_value(_signal),
        f"{_label} alarms/A": highest(
            lambda point, signal=_signal: (  # type: ignore[misc]
                point["kind"] == "physiological" and point["signal"] == signal
            )
        ),
        f"{_label} and its limits/A": values(_signal, "sensor"),
        f"{_label} and its limits/B": limits(_signal, "upper"),
        f"{_label} and its limits/C": limits(_signal, "lower"),
        f"{_label} and its limits/D": band(_signal, "upper"),
        f"{_label} and its limits/E": band(_signal, "lower"),
        f"{_label} of all sessions/A": values(_signal, *SESSION, "sensor"),
        f"Readings without a valid value/{_ref}": not_valid(_signal),
    }
