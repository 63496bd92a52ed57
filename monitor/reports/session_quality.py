"""Quality of a session's data in its report: coverage, links, and what was not judged."""

from collections.abc import Iterable, Iterator

import numpy as np

from alerts.policy.conditions import comparisons
from alerts.policy.rules import Rule
from devices.packets import Quality
from devices.signals import SIGNALS
from monitor.analysis.session_data import SessionData
from monitor.reports.document import Block, Heading, Paragraph, Table
from monitor.reports.texts import Texts, channel_label, percent, span

_LONG_S = 60.0
_MOST = 60


def quality_blocks(data: SessionData, texts: Texts) -> list[Block]:
    """Return the section on data quality."""
    blocks: list[Block] = [Heading("Data quality")]
    rows = []
    for channel, covered in data.coverage.items():
        series, gaps = data.readings[channel], covered.gaps_s
        good = int((series.quality == Quality.GOOD).sum())
        rows.append(
            (
                channel_label(channel),
                str(len(series.at_ns)),
                percent(good / len(series.at_ns)) if len(series.at_ns) else percent(None),
                percent(covered.share),
                str(len(gaps)),
                span(float(gaps.max())) if len(gaps) else span(0),
            )
        )
    if not rows:
        blocks.append(Paragraph("No sensor sent values.", important=True))
    else:
        blocks.append(
            Table(
                "Signals: coverage is the share of the session with a current valid value",
                ("signal", "values", "valid", "coverage", "gaps", "longest gap"),
                rows,
                numbers=frozenset(range(1, 6)),
            )
        )
    links = [
        (
            sensor.label,
            sensor.kind_label,
            texts.clock(sensor.since_ns),
            str(link.packets),
            str(link.faulty),
            str(link.connects),
            str(link.gaps),
            str(link.body()["longest_gap_s"]),
            _battery(data, sensor.label),
        )
        for sensor in data.session.sensors
        if (link := data.links.get(sensor.label)) is not None
    ]
    if links:
        blocks.append(
            Table(
                "Sensors; a replaced device is counted with the one before it; faulty packets "
                "contradicted themselves or could not be decoded",
                (
                    *("sensor", "kind", "since", "packets", "faulty", "connections"),
                    *("losses", "longest loss (s)", "battery"),
                ),
                links,
                numbers=frozenset(range(3, 9)),
            )
        )
    return blocks


def not_judged_blocks(data: SessionData, texts: Texts) -> list[Block]:
    """Return the section on times in which rules could not be evaluated."""
    blocks: list[Block] = [
        Heading("What was not judged"),
        Paragraph(
            "Without a current valid value, no rule about the participant can raise an alarm. "
            "Signals here are those that the policy has such rules for."
        ),
    ]
    watched = list(dict.fromkeys(_watched(data.policy.rules)))
    lacking, rows, more = [], [], 0
    for signal in watched:
        channels = [c for c in data.readings if c.partition("/")[2] == signal]
        if not channels:
            lacking.append(SIGNALS[signal].label.lower())
        for channel in channels:
            if channel not in data.coverage:
                continue
            starts, ends = data.coverage[channel].gaps_ns
            long = np.flatnonzero((ends - starts) >= _LONG_S * 1e9)
            more += max(0, len(long) - _MOST)
            rows += [
                (
                    channel_label(channel),
                    texts.clock(int(starts[number])),
                    texts.after(int(starts[number])),
                    span(float(ends[number] - starts[number]) / 1e9),
                )
                for number in long[:_MOST]
            ]
    if lacking:
        blocks.append(
            Paragraph(f"Never measured in this session: {', '.join(lacking)}.", important=True)
        )
    if rows:
        blocks.append(
            Table(
                f"Gaps of {_LONG_S:g} s and more",
                ("signal", "from", texts.after_heading, "lasted"),
                rows,
                numbers=frozenset({2, 3}),
            )
        )
        if more:
            blocks.append(Paragraph(f"{more} more gaps are not listed."))
    else:
        blocks.append(Paragraph(f"No measured signal had a gap of {_LONG_S:g} s or more."))
    return blocks


def _watched(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the signals of rules about the participant."""
    for rule in rules:
        for each in comparisons(rule.condition):
            if not SIGNALS[each.signal].technical:
                yield each.signal


def _battery(data: SessionData, sensor: str) -> str:
    series = data.readings.get(f"{sensor}/battery")
    if series is None or not len(series.values):
        return percent(None)
    return f"{series.values[0]:g} to {series.values[-1]:g} %"
