"""The keys of policy files, the signals and the statistics."""

import re
from collections.abc import Mapping

from alerts.policy.conditions import StatisticName
from alerts.policy.overrides import CHANGEABLE
from alerts.policy.tables import DoseTable, ExpectedTable, PolicyTable, RuleTable, Table
from devices.signals import SIGNALS, Signal
from devices.units import symbol
from scripts.reference.markdown import code, sections, sentence, table

_HEAD = """# Policy files: keys, signals and statistics

A policy is a TOML file. What rules mean, and when an alarm is raised and ends, is in [the policy
language](../policy.md); the policies that come with physiomon are [here in plain
words](shipped-policies.md). `physiomon policy check FILE` reports each mistake with its line."""
_POLICY = {
    "name": "Name of the policy.",
    "version": "Version of the policy.",
    "reviewed_by": "Who has reviewed the policy, and when.",
    "settling": "Time that each signal needs after its sensor was put on.",
    "events": "Adverse events to choose from at the console; `other`, in words, is always there.",
    "dose": "Drug of the study, see below.",
    "rule": "Rules, in the order in which simultaneous events are reported.",
    "expected": "Expected courses, which the console draws.",
}
_RULE = {
    "id": "Id of the rule. It must be unique in the policy.",
    "signal": "Signal that the rule watches.",
    "statistic": "Statistic of the signal that is compared with the limit; by default `last`.",
    "above": "Condition: the statistic is strictly above the limit.",
    "at_least": "Condition: the statistic is at the limit or above.",
    "below": "Condition: the statistic is strictly below the limit.",
    "at_most": "Condition: the statistic is at the limit or below.",
    "rise": "Condition: the median of one minute rose by this much above the lowest in this time.",
    "absent": "Condition: the signal was not evaluated for this time, whatever the cause.",
    "invalid": "Condition: packets came for this time, but none with a valid value.",
    "frozen": "Condition: the very same value was seen for this time.",
    "due": "Condition: the signal was not measured for this time.",
    "fault": "Condition: the [fault](../policy.md#what-the-monitor-reports-of-itself) is present.",
    "all": "Condition: all conditions of the list hold at the same time.",
    "repeated": "The limit must be violated by so many measurements in a row within this time.",
    "sustain": "Time for which the condition must be seen in all before the alarm is raised; by "
    "default `0s`.",
    "clear": "Clear limit; by default the limit itself.",
    "clear_after": "Time for which values behind the clear limit must be seen in all before the "
    "alarm ends; by default `0s`.",
    "priority": "Priority of the alarm.",
    "latch": "Keep the alarm after its condition is over, until somebody resets it.",
    "message": "Text of the alarm.",
    "physician_message": "The same in a call to a physician; by default the message without the "
    "advice to call the physician.",
    "measure_again": "With a limit on a spot measurement: time until the next one, which the "
    "console counts down.",
    "source": "Where the limit comes from.",
}
_DOSE = {
    "drug": "Name of the drug.",
    "range_mg": "Lowest and highest usual dose; the console asks again about another amount.",
    "supplement_mg": "The same for a supplemental dose; without it the study has none.",
}
_EXPECTED = {
    "signal": "Signal of the course.",
    "points": "Points of the course: minutes after the dose, lowest and highest difference from "
    "the baseline.",
    "source": "Where the course comes from.",
}
_STATISTICS = {
    "last": "The last value.",
    "mean": "Mean.",
    "sd": "Standard deviation.",
    "median": "Median.",
    "spread": "1.4826 times the median absolute deviation.",
    "min": "Lowest value.",
    "max": "Highest value.",
    "slope": "Slope of a line through the values, per minute.",
    "coverage": "Share of the window for which there was a value, from 0 to 1.",
    "ewma": "Exponentially weighted mean; the argument is its half-life.",
    "rmssd": "RMSSD of `rr_interval`, without artefacts, in ms.",
    "sdnn": "SDNN of `rr_interval`, without artefacts, in ms.",
}


def page() -> str:
    """Return the page."""
    return sections(
        _HEAD,
        "## The file",
        _keys(PolicyTable, _POLICY),
        "## `[dose]`",
        _keys(DoseTable, _DOSE),
        "## `[[rule]]`",
        "A rule has exactly one condition; `rise` and `all` may be combined. Keys with a ✓ can be "
        "changed for one participant, by an override in the configuration or on the page. An "
        "override can also set `enabled = false`.",
        _keys(RuleTable, _RULE, CHANGEABLE),
        "## `[[expected]]`",
        _keys(ExpectedTable, _EXPECTED),
        "## Statistics",
        "All but `last` take a window, such as `median(60s)`.",
        _statistics(),
        "## Signals",
        "Values of a sensor outside the *believed* range are shown, and not compared with limits. "
        "A value stands for the present for at most its *hold*.",
        table(
            ("Signal", "Meaning", "Unit", "LOINC", "Believed", "Hold", "Measured"),
            map(_signal, SIGNALS.values()),
        ),
    )


def _keys(model: type[Table], meanings: Mapping[str, str], changeable: tuple[str, ...] = ()) -> str:
    _same(meanings, model.model_fields, model.__name__)
    head = ("Key", *(("Override",) if changeable else ()), "Value", "Meaning")
    rows = [
        (
            code(name),
            *(("✓" if name in changeable else "",) if changeable else ()),
            ("**Required.** " if field.is_required() else "") + _form(model.form(name)),
            meanings[name],
        )
        for name, field in model.model_fields.items()
    ]
    return table(head, rows)


def _form(words: str) -> str:
    """Return what a key may hold, with its examples as code."""
    return sentence(re.sub(r'("[^"]+"|\[\[\w+\]\]|\{ [^}]+ \})', r"`\1`", words).replace("``", ""))


def _statistics() -> str:
    _same(_STATISTICS, [*StatisticName], "StatisticName")
    rows = ((code(name), meaning) for name, meaning in _STATISTICS.items())
    return table(("Statistic", "Meaning"), rows)


def _signal(signal: Signal) -> tuple[str, ...]:
    return (
        code(signal.name),
        signal.label,
        symbol(signal.unit),
        signal.loinc or "",
        f"{signal.lowest:g} to {signal.highest:g}",
        f"{signal.hold_s:,g} s",
        "occasionally" if signal.spot else "continuously",
    )


def _same(described: Mapping[str, str], there: object, name: str) -> None:
    assert isinstance(there, Mapping | list)  # noqa: S101 - names, in either form
    if differing := {*described} ^ {*there}:
        raise LookupError(f"{', '.join(sorted(differing))} of {name} is not described here")
