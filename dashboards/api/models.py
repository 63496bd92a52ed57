"""Response models.

Times are UTC: nanoseconds as text, because 64 bits do not fit a JSON number, and ISO 8601.

Units are UCUM, codes LOINC. Anything that could contain a device's address (why a link failed) is
left out.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from dashboards.api.time_format import iso

Ns = Annotated[str, Field(pattern=r"^[0-9]{1,20}$", description="UTC nanoseconds")]
Iso = Annotated[str, Field(description="UTC, ISO 8601")]


class Response(BaseModel):
    """A response."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Response):
    """An error: the reason in one sentence."""

    error: str


class SessionState(Response):
    """A session, without values."""

    id: str
    site: str
    room: str
    participant: str
    virtual: bool
    ended: bool
    started_ns: Ns
    started: Iso
    now_ns: Ns
    now: Iso


class SensorState(Response):
    """A sensor and its link."""

    label: str
    kind: str
    state: str
    battery: float | None
    rssi: int | None
    packets: int
    gaps: int
    age_s: float | None


class Wait(Response):
    """Rules of a channel that are not evaluated yet; all of them if `rules` is empty."""

    what: Annotated[str, Field(description="first value, settling or baseline")]
    until_ns: Ns | None
    until: Iso | None
    rules: list[str]


class ChannelNow(Response):
    """The current value of a channel, and whether it is judged; if not, `reason` says why."""

    channel: str
    label: str
    unit: str
    loinc: str | None
    value: float | None
    age_s: float | None
    stale: bool
    quality: str
    priority: str | None
    slope_per_min: float | None
    settling_s: float
    state: Annotated[
        str, Field(description="judged, not judged, waiting (some rules), unwatched or stale")
    ]
    unjudged_since_ns: Ns | None
    unjudged_since: Iso | None
    reason: str
    heard_share: float | None
    waits: list[Wait]


class Unconfirmed(Response):
    """A measurement that is not judged until somebody marks it as valid or not."""

    channel: str
    at_ns: Ns
    at: Iso
    text: str
    plausible: bool


class AlarmNow(Response):
    """An open alarm; `key` identifies it in actions.

    `announced_ns` is set if the alarm was first announced later than `since_ns`. `head` is the rule
    of the higher alarm that it is inside, or empty; `inside` are the lower alarms of the same
    signal and direction.
    """

    key: str
    rule: str
    subject: str
    message: str
    priority: str
    technical: bool
    procedure: bool
    state: str
    suspended: bool
    since_ns: Ns
    since: Iso
    announced_ns: Ns | None
    announced: Iso | None
    value: float | None
    limit: float | None
    extreme: float | None
    unit: str
    by: str | None
    unconfirmed: list[Unconfirmed]
    head: str
    inside: list["AlarmNow"]


class AlarmStep(Response):
    """A state change of an alarm; `announced_ns` and `head` as in an alarm."""

    at_ns: Ns
    at: Iso
    key: str
    message: str
    priority: str
    step: str
    by: str | None
    announced_ns: Ns | None
    announced: Iso | None
    head: str


class Marker(Response):
    """A marker; `undone` is who undid it, `later_s` how much later it was entered."""

    at_ns: Ns
    at: Iso
    kind: str
    text: str
    amount: str | None
    later_s: float
    by: str
    undone: str | None


class Measurement(Response):
    """A spot measurement, at the time when it was made.

    `by` entered or confirmed it (empty: the sensor alone); `voided_by` voided or corrected it.
    """

    entry: int
    channel: str
    label: str
    unit: str
    loinc: str | None
    at_ns: Ns
    at: Iso
    value: float
    by: str
    voided_by: str | None


class ScheduledMeasurement(Response):
    """A measurement that the policy schedules."""

    rule: str
    label: str
    due_ns: Ns | None
    due: Iso | None
    overdue: bool


class Point(Response):
    """A value of a downsampled series; null is a gap."""

    at_ns: Ns
    at: Iso
    value: float | None


class Series(Response):
    """A channel's values, downsampled so that minima and maxima are kept."""

    channel: str
    unit: str
    loinc: str | None
    points: list[Point]


class Reading(Response):
    """A journaled reading; `id` is that of the fact."""

    id: int
    at_ns: Ns
    at: Iso
    value: float | None
    quality: str


class Page(Response):
    """Readings in journal order; repeat with `next` as `cursor` until it is null."""

    channel: str
    unit: str
    loinc: str | None
    readings: list[Reading]
    next: int | None


class Done(Response):
    """An action that was performed and journaled."""

    act: str
    session: str
    by: str


def times(name: str, at_ns: int | None) -> dict[str, Any]:
    """Return a time as two fields, such as ``at`` and ``at_ns``."""
    if at_ns is None:
        return {f"{name}_ns": None, name: None}
    return {f"{name}_ns": str(at_ns), name: iso(at_ns)}
