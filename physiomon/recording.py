"""One recording as data frames."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from monitor.analysis.hrv_table import MEASURES, SHORTEST_S, STANDARD_S, hrv_rows
from monitor.analysis.recorded_ecg import read_ecg
from monitor.analysis.recorded_tables import read_statistics
from monitor.errors import ConfigError
from monitor.exports import session_tables
from monitor.exports.options import ExportOptions, known_signals
from monitor.exports.session_export import select
from monitor.exports.tables import Data, Table, Texts, number, text
from monitor.exports.utc import iso_utc
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from physiomon.frames import frame
from physiomon.relations import Relations

_HRV = (
    number("begin_s", "Begin since the start of the session, or since the dose.", "s"),
    number("end_s", "End, likewise.", "s"),
    text("channel", "Sensor and signal."),
    text("scope", "phase or window"),
    text("phase", "Phase that contains the window."),
    number("beats", "Number of normal-to-normal intervals."),
    number("covered", "Share of the time that they cover, 0 to 1."),
    number("corrected", "Share of beats that were corrected, 0 to 1."),
    *(
        number(name, "See docs/researchers.md; missing if blank.", MEASURES[name])
        for name in MEASURES
    ),
    text("blank", "Why measures are missing."),
)


def open(  # noqa: A001 - as in `wave.open`
    path: str | os.PathLike[str], *, zero: str = "start", names: bool = False, notes: bool = False
) -> "Recording":
    """Open a recording, also one that is still being made, as of this moment.

    Args:
        path: of the journal.
        zero: time of second 0: ``start`` of the session, or the first valid ``dose``.
        names: include names of people, device addresses, site, room and the session's id.
        notes: include free text.

    Raises:
        PhysiomonError: the file is not a complete journal, or has no dose for ``zero="dose"``.
    """
    if zero not in ("start", "dose"):
        raise ConfigError(f"zero='{zero}' is unknown; use 'start' or 'dose'")
    return Recording(Path(path), zero=zero, names=names, notes=notes)


class Recording(Relations):
    """A recorded session. Close it, or use it in a `with` statement.

    Time base: `time` is UTC of the session's clock with a resolution of a nanosecond, `time_s` the
    same in seconds since the start of the session or the dose. The session's clock never jumps;
    `clock_offsets` of `metadata` is what the computer's clock differed from it.
    """

    def __init__(self, path: Path, *, zero: str, names: bool, notes: bool) -> None:
        self.path = path
        self._journal = Journal.read(path)
        try:
            self._recording = read_recording(self._journal)
            self._export = select(
                self._recording,
                ExportOptions(
                    absolute=True, zero=zero, all_qualities=True, names=names, notes=notes
                ),
                with_ecg=False,
            )
        except BaseException:
            self._journal.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        session = self._export.session
        simulated = ", simulated" if session.simulated else ""
        hours = (session.ended_ns - session.began_ns) / 3600e9
        return f"<physiomon.Recording {self._export.name}, {hours:.2f} h{simulated}>"

    @property
    def channels(self) -> list[str]:
        """Return the channels with readings, such as ``strap/heart_rate``."""
        return [*self._export.readings]

    def metadata(self) -> dict[str, object]:
        """Return identity, origin and times of the recording.

        `recording` is its key, the same in all exports; `journal_hash` covers all its entries.
        """
        session = self._export.session
        personal = {"session": session.session, "site": session.site, "room": session.room}
        return {
            **self._export.provenance(),
            "drug": session.drug,
            "began": iso_utc(session.began_ns),
            "zero": iso_utc(self._export.zero_ns),
            "duration_s": (session.ended_ns - session.began_ns) / 1e9,
            "ended": session.ended,
            "clock_offsets": [
                {"time": iso_utc(at_ns), "offset_s": offset_ns / 1e9}
                for at_ns, offset_ns in session.clock_offsets
            ],
            **{name: value for name, value in personal.items() if value},
        }

    def readings(
        self,
        signal: str | None = None,
        *,
        sensor: str | None = None,
        quality: str = "good",
        arrow: bool = False,
    ) -> Any:
        """Return the values of a signal, one row each.

        Columns: time_s, time, channel, sensor, signal, value, unit (UCUM), quality. Rows are in the
        order of the channels, and within each in the order of time. A corrected value is replaced,
        a voided one of quality ``invalid``. Without any value the table is empty.

        Args:
            signal: such as ``heart_rate``; None: all.
            sensor: label of a sensor; None: all.
            quality: ``good``, or ``all``: values that are doubtful or missing (NaN) as well.
            arrow: return a `pyarrow.Table` instead of a `pandas.DataFrame`.

        Raises:
            PhysiomonError: the signal is unknown.
        """
        names = known_signals([] if signal is None else [signal])
        kept = {
            channel: series if _every(quality) else series.good()
            for channel, series in self._export.readings.items()
            if (not names or series.signal.name in names) and sensor in (None, series.sensor)
        }
        return self._frame(session_tables.readings(replace(self._export, readings=kept)), arrow)

    def beats(
        self, *, sensor: str | None = None, quality: str = "good", arrow: bool = False
    ) -> Any:
        """Return heart beats with RR intervals, one row each.

        Columns: time_s, time, channel, sensor, rr_ms, follows, quality. The interval ends at the
        beat; `follows` is False where beats are missing before it. Arguments as in `readings`.
        """
        kept = {
            channel: series if _every(quality) else series.good()
            for channel, series in self._export.beats.items()
            if sensor in (None, channel.partition("/")[0])
        }
        return self._frame(session_tables.beats(replace(self._export, beats=kept)), arrow)

    def ecg(self, *, sensor: str | None = None, arrow: bool = False) -> Any:
        """Return the ECG, one row per sample.

        Columns: time_s, time, sensor, ecg_uv (microvolts), follows: False where samples are missing
        before this one. It is one lead between the electrodes of a strap, not a standard lead.
        """
        kept = {label: each for label, each in self._ecg.items() if sensor in (None, label)}
        return self._frame(session_tables.ecg(replace(self._export, ecg=kept)), arrow)

    def events(self, *, arrow: bool = False) -> Any:
        """Return markers, manual measurements, adverse events and changes, one row each.

        Columns: time_s, time, kind, name, value, unit, duration_s, severity, relation, status,
        detail, entered_s. Only rows with the status ``valid`` count; others were undone, corrected,
        voided or withdrawn.
        """
        return self._frame(session_tables.events(self._export), arrow)

    def alarms(self, *, arrow: bool = False) -> Any:
        """Return the alarms, one row each.

        Columns: raised_s, raised, announced_s, over_s (NaN: not over), acknowledged_s (NaN: not
        acknowledged), rule, subject, priority, technical, covered, message, value, extreme, limit,
        unit, verdict.
        """
        return self._frame(session_tables.alarms(self._export), arrow)

    def sensors(self, *, arrow: bool = False) -> Any:
        """Return the devices: label, kind, description, since_s."""
        return self._frame(session_tables.sensors(self._export), arrow)

    def statistics(self, *, arrow: bool = False) -> Any:
        """Return the rolling statistics that rules use, one row each.

        Columns: time_s, time, channel, statistic, window_s, value.
        """
        series = read_statistics(self._recording)
        return self._frame(session_tables.statistics(self._export, series), arrow)

    def hrv(self, window_s: float = STANDARD_S, *, arrow: bool = False) -> Any:
        """Return heart rate variability with corrected artefacts, one row per phase and window.

        Columns: begin_s, end_s, channel, scope (``phase`` or ``window``), phase, beats, covered,
        corrected (shares, 0 to 1), mean_nn, mean_hr, sdnn, rmssd, sdsd, pnn50, sd1, sd2, lf, hf,
        lf_nu, lf_hf, blank: why measures are missing (NaN). Definitions: docs/researchers.md.

        Args:
            window_s: length of the windows in seconds, 60 at least.
            arrow: as in `readings`.

        Raises:
            PhysiomonError: the windows are too short.
        """
        if not window_s >= SHORTEST_S:
            raise ConfigError(f"window_s={window_s:g} is shorter than {SHORTEST_S:g} s")
        rows = hrv_rows(self._recording, window_s)
        notes = self._export.options.notes  # names of phases are typed by people
        data: dict[str, Data] = {
            "begin_s": self._export.seconds(np.array([each.begin_ns for each in rows], np.int64)),
            "end_s": self._export.seconds(np.array([each.end_ns for each in rows], np.int64)),
            "channel": Texts.of(each.channel for each in rows),
            "scope": Texts.of(each.scope for each in rows),
            "phase": Texts.of(each.phase if notes else each.phase_kind for each in rows),
            "beats": np.array([each.beats for each in rows], np.float64),
            "covered": np.array([each.covered for each in rows], np.float64),
            "corrected": np.array([each.corrected for each in rows], np.float64),
            **{
                name: np.array([each.measures()[name] for each in rows], np.float64)
                for name in MEASURES
            },
            "blank": Texts.of(each.blank for each in rows),
        }
        return self._frame(Table("hrv", _HRV, data), arrow)

    @cached_property
    def _ecg(self) -> Mapping[str, Any]:
        return read_ecg(self._recording)

    def _frame(self, table: Table, arrow: bool) -> Any:  # noqa: FBT001 - passed through
        return frame(table, self._export.provenance(), arrow=arrow)


def _every(quality: str) -> bool:
    if quality not in ("good", "all"):
        raise ConfigError(f"quality='{quality}' is unknown; use 'good' or 'all'")
    return quality == "all"
