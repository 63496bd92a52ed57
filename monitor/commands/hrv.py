"""`physiomon hrv`: heart rate variability of recorded sessions, in windows and phases."""

from pathlib import Path

from alerts.policy.expressions import TermError, parse_duration
from devices.errors import PhysiomonError
from monitor.analysis.hrv_table import SHORTEST_S, HrvRow, hrv_rows
from monitor.commands.output import print_json, print_rows_cut, print_title, utc
from monitor.commands.progress import progress
from monitor.sessions.recording import read_recording, without_duplicates
from monitor.storage.journal import Journal

_WHOLE = 100
_SHOWN = ("mean_hr", "rmssd", "sdnn", "pnn50", "sd1", "sd2", "lf", "hf", "lf_hf")


def show_hrv(paths: list[Path], window: str, *, as_json: bool) -> None:
    """Print the heart rate variability of each session.

    Raises:
        PhysiomonError: a journal cannot be read, has no RR intervals, or the window is invalid.
    """
    try:
        window_s = parse_duration(window)
    except TermError as error:
        raise PhysiomonError(f"--window: {error}") from None
    if window_s < SHORTEST_S:
        raise PhysiomonError(
            f"--window {window} is shorter than 60 s, for which no measure is valid; use 5min"
        )
    found: list[tuple[Path, str, int, list[HrvRow]]] = []
    with progress() as bar:
        for path in bar(without_duplicates(paths), len(paths), "sessions"):
            with Journal.read(path) as journal:
                recording = read_recording(journal)
                rows = hrv_rows(recording, window_s)
            if not rows:
                raise PhysiomonError(
                    f"{path} contains no RR intervals; use a strap that sends them"
                )
            found.append((path, recording.spec.id, recording.began_ns, rows))
    if as_json:
        print_json(
            [
                {"journal": str(path), "session": session, "rows": [_body(row) for row in rows]}
                for path, session, _, rows in found
            ]
        )
        return
    for _, session, began_ns, rows in found:
        _print(session, began_ns, rows)


def _body(row: HrvRow) -> dict[str, object]:
    return {
        "channel": row.channel,
        "scope": row.scope,
        "phase": row.phase,
        "begin": utc(row.begin_ns),
        "end": utc(row.end_ns),
        "beats": row.beats,
        "covered": round(row.covered, 4),
        "corrected": round(row.corrected, 4),
        "ultra_short": row.ultra_short,
        **row.measures(),
        "blank": row.blank,
    }


def _print(session: str, began_ns: int, rows: list[HrvRow]) -> None:
    for channel in dict.fromkeys(row.channel for row in rows):
        print_title(f"{session}, {channel}")
        headings = ("from", "to", "phase", "corrected", *_SHOWN, "blank")
        print_rows_cut(headings, [_cells(row, began_ns) for row in rows if row.channel == channel])
        print_title("")


def _cells(row: HrvRow, began_ns: int) -> list[str]:
    measures = row.measures()
    name = row.phase if row.scope == "phase" else ""
    return [
        _clock(row.begin_ns - began_ns),
        _clock(row.end_ns - began_ns),
        name,
        f"{row.corrected:.1%}",
        *("-" if (value := measures[each]) is None else _rounded(value) for each in _SHOWN),
        row.blank,
    ]


def _rounded(value: float) -> str:
    return f"{value:.0f}" if value >= _WHOLE else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _clock(since_ns: int) -> str:
    minutes, seconds = divmod(since_ns // 10**9, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
