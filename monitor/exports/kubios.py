"""RR intervals as text, as Kubios HRV and most other software for heart rate variability read them.

Lines that start with ``#`` are comments. Values are in ms, times in s.
"""

from collections.abc import Iterator

import numpy as np

from monitor.errors import ConfigError
from monitor.exports.csv_files import shortest
from monitor.exports.event_text import origin_text
from monitor.exports.session_export import SessionExport


def write_kubios(export: SessionExport) -> Iterator[tuple[str, bytes]]:
    """Yield two files per sensor with RR intervals of good quality.

    ``rr-SENSOR.txt`` has one interval per line, ``rr-times-SENSOR.txt`` the time of the beat that
    ends it and the interval. The first has no room for gaps: they are counted in its comments.

    Raises:
        ConfigError: the recording has no such intervals.
    """
    found = {channel: series.good() for channel, series in export.beats.items()}
    found = {channel: series for channel, series in found.items() if len(series.at_ns)}
    if not found:
        raise ConfigError(
            f"recording {export.session.key} of {export.participant} has no RR intervals; export "
            "it in another format"
        )
    for channel, series in found.items():
        sensor = channel.partition("/")[0]
        time_s = export.seconds(series.at_ns)
        gaps = np.flatnonzero(~series.follows[1:]) + 1
        comments = [
            origin_text(export),
            f"participant {export.participant}, sensor {sensor}: RR intervals in ms, unedited",
            f"{len(gaps)} gaps, at the beats {', '.join(str(1 + n) for n in gaps) or 'none'}",
        ]
        rr = [shortest(value) for value in series.rr_ms.tolist()]
        yield f"rr-{sensor}.txt", _text(comments, rr)
        comments.append("column 1: time of the beat that ends the interval, in s; 2: interval")
        timed = [f"{at:.9f} {each}" for at, each in zip(time_s.tolist(), rr, strict=True)]
        yield f"rr-times-{sensor}.txt", _text(comments, timed)


def _text(comments: list[str], lines: list[str]) -> bytes:
    return "\n".join([*(f"# {each}" for each in comments), *lines, ""]).encode()
