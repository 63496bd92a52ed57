"""Response models of the history: steps of alarms, markers, measurements, series and readings."""

from typing import Annotated

from pydantic import Field

from dashboards.api.models import Iso, Ns, Response


class AlarmStep(Response):
    """A state change of an alarm; `announced_ns` and `head` as in an alarm."""

    at_ns: Ns
    at: Iso
    key: Annotated[str, Field(description="Rule and subject, such as hr-150@strap/heart_rate.")]
    message: Annotated[str, Field(description="Text of the alarm.")]
    priority: Annotated[str, Field(description="Priority: info, low, medium or high.")]
    step: Annotated[str, Field(description="What changed, such as raised or acknowledged.")]
    by: Annotated[str | None, Field(description="Who caused it; null: nobody.")]
    announced_ns: Annotated[
        Ns | None, Field(description="When it was first announced, if later than it was due.")
    ]
    announced: Annotated[Iso | None, Field(description="The same time in ISO 8601.")]
    head: Annotated[str, Field(description="Rule of the higher alarm that it is inside, or empty.")]


class AlarmOccurrence(Response):
    """An alarm from its raising until its condition was over, with the response to it."""

    key: Annotated[str, Field(description="Rule and subject, such as hr-150@strap/heart_rate.")]
    subject: Annotated[str, Field(description="Channel, sensor, or session.")]
    message: Annotated[str, Field(description="Text of the alarm.")]
    priority: Annotated[str, Field(description="Priority: info, low, medium or high.")]
    technical: Annotated[bool, Field(description="About the equipment, not about the person.")]
    raised_ns: Ns
    raised: Iso
    over_ns: Annotated[
        Ns | None, Field(description="When its condition was over; null: it is not.")
    ]
    over: Annotated[Iso | None, Field(description="The same time in ISO 8601.")]
    lasted_s: Annotated[float, Field(description="Seconds until then, or until now.")]
    value: Annotated[float | None, Field(description="Value that raised it, in the unit.")]
    extreme: Annotated[float | None, Field(description="Most extreme value while it was open.")]
    limit: Annotated[float | None, Field(description="Limit that was violated.")]
    unit: Annotated[str, Field(description="UCUM code of the unit, or empty.")]
    inside: Annotated[bool, Field(description="A higher alarm covered it: not announced.")]
    answered_after_s: Annotated[
        float | None,
        Field(description="Seconds from announcement to acknowledgement; null: nobody did."),
    ]
    answered_by: Annotated[str, Field(description="Who acknowledged it, or empty.")]
    verdict: Annotated[
        str, Field(description="Verdict of a person: useful, false or artefact; empty: none.")
    ]
    reviewed_by: Annotated[str, Field(description="Who gave the verdict, or empty.")]


class Marker(Response):
    """A marker; `undone` is who undid it, `later_s` how much later it was entered."""

    at_ns: Ns
    at: Iso
    kind: Annotated[
        str, Field(description="Kind of the marker: dose, supplement, phase, note or rating.")
    ]
    text: Annotated[str, Field(description="Text that was entered.")]
    amount: Annotated[str | None, Field(description="Amount with its unit.")]
    later_s: Annotated[
        float, Field(description="Seconds between the time of the marker and its entry.")
    ]
    by: Annotated[str, Field(description="Who entered it.")]
    undone: Annotated[str | None, Field(description="Who undid it.")]
    missing: Annotated[list[str], Field(description="What was not ready before a dose.")]
    reason: Annotated[str, Field(description="Why the dose was given all the same, or empty.")]


class AdverseEventStep(Response):
    """A step of an adverse event: what was entered, by whom, and why it was changed."""

    at_ns: Ns
    at: Iso
    step: Annotated[str, Field(description="reported, changed, ended or withdrawn.")]
    by: Annotated[str, Field(description="Who entered it.")]
    reason: Annotated[str, Field(description="Why it was changed or withdrawn, or empty.")]
    kind: Annotated[str, Field(description="Kind after this step, such as nausea.")]
    severity: Annotated[int, Field(description="Severity after this step.")]


class AdverseEvent(Response):
    """An adverse event as it stands; `steps` are all its steps, oldest first."""

    event: Annotated[int, Field(description="Number of the adverse event.")]
    kind: Annotated[str, Field(description="One of the policy's adverse events, or other.")]
    severity: Annotated[int, Field(description="1 mild, 2 moderate, 3 severe.")]
    started_ns: Ns
    started: Iso
    ended_ns: Annotated[Ns | None, Field(description="When it ended; null: it is not over.")]
    ended: Annotated[Iso | None, Field(description="The same time in ISO 8601.")]
    after_dose_s: Annotated[
        float | None,
        Field(description="Seconds from the dose to its start, negative before; null: no dose."),
    ]
    relation: Annotated[str, Field(description="Whether the drug has caused it.")]
    action: Annotated[str, Field(description="What was done about it.")]
    text: Annotated[str, Field(description="Description.")]
    withdrawn: Annotated[bool, Field(description="Whether it was withdrawn.")]
    steps: Annotated[list[AdverseEventStep], Field(description="All its steps, oldest first.")]


class Measurement(Response):
    """A spot measurement, at the time when it was made.

    `by` entered or confirmed it (empty: the sensor alone); `voided_by` voided or corrected it.
    """

    entry: Annotated[int, Field(description="Number of the journal entry.")]
    channel: Annotated[str, Field(description="Sensor and signal, such as strap/heart_rate.")]
    label: Annotated[str, Field(description="Name for display.")]
    unit: Annotated[str, Field(description="UCUM code of the unit.")]
    loinc: Annotated[str | None, Field(description="LOINC code, if one is confirmed.")]
    at_ns: Ns
    at: Iso
    value: Annotated[float, Field(description="Value in the unit; null: there is none.")]
    by: Annotated[str, Field(description="Who entered or confirmed it; empty: the sensor alone.")]
    voided_by: Annotated[str | None, Field(description="Who voided or corrected it.")]


class Point(Response):
    """A value of a downsampled series; null is a gap."""

    at_ns: Ns
    at: Iso
    value: Annotated[float | None, Field(description="Value in the unit; null: there is none.")]


class Series(Response):
    """A channel's values, downsampled so that minima and maxima are kept."""

    channel: Annotated[str, Field(description="Sensor and signal, such as strap/heart_rate.")]
    unit: Annotated[str, Field(description="UCUM code of the unit.")]
    loinc: Annotated[str | None, Field(description="LOINC code, if one is confirmed.")]
    points: Annotated[list[Point], Field(description="Values in order of time.")]


class JournaledReading(Response):
    """A journaled reading; `id` is that of the fact."""

    id: Annotated[int, Field(description="Number of the fact.")]
    at_ns: Ns
    at: Iso
    value: Annotated[float | None, Field(description="Value in the unit; null: there is none.")]
    quality: Annotated[str, Field(description="Quality of the value: good, or why it is not.")]


class ReadingPage(Response):
    """Readings in journal order; repeat with `next` as `cursor` until it is null."""

    channel: Annotated[str, Field(description="Sensor and signal, such as strap/heart_rate.")]
    unit: Annotated[str, Field(description="UCUM code of the unit.")]
    loinc: Annotated[str | None, Field(description="LOINC code, if one is confirmed.")]
    readings: Annotated[
        list[JournaledReading], Field(description="Readings in the order of the journal.")
    ]
    next: Annotated[
        int | None, Field(description="Value of cursor for the next page; null: this is the last.")
    ]
