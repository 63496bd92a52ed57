"""Heart rate variability of a session in its report, by phase."""

from collections.abc import Sequence

from monitor.analysis.hrv_table import HrvRow
from monitor.analysis.session_data import SessionData
from monitor.reports.document import Block, Heading, Paragraph, Table
from monitor.reports.texts import NONE, Texts, channel_label, percent, span

_MEASURES = ("mean_hr", "rmssd", "sdnn", "sd1", "sd2")


def hrv_blocks(data: SessionData, texts: Texts) -> list[Block]:
    """Return the section on heart rate variability; empty without beats."""
    rows = [row for row in data.hrv if row.scope == "phase"]
    if not any(row.beats for row in rows):
        return []
    return [
        Heading("Heart rate variability"),
        Table(
            "By phase, of corrected beats (Lipponen and Tarvainen 2019). Blank where too few beats "
            "are known, or too many were corrected",
            (
                *("sensor", "phase", "lasted", "beats", "covered", "corrected"),
                *(
                    "rate (/min)",
                    "RMSSD (ms)",
                    "SDNN (ms)",
                    "SD1 (ms)",
                    "SD2 (ms)",
                    "blank because",
                ),
            ),
            [_row(row, texts) for row in rows],
            numbers=frozenset(range(2, 11)),
        ),
        Paragraph("A low RMSSD is expected under MDMA; it is not a fault of the sensor."),
    ]


def _row(row: HrvRow, texts: Texts) -> Sequence[str]:
    measures = row.measures()
    values = [measures[name] for name in _MEASURES]
    return (
        channel_label(row.channel),
        texts.phase(row.phase),
        span((row.end_ns - row.begin_ns) / 1e9),
        str(row.beats),
        percent(row.covered),
        percent(row.corrected),
        *(NONE if value is None else f"{value:.1f}" for value in values),
        row.blank if row.time is None else NONE,
    )
