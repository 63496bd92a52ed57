"""Task: features, course, data quality and alarms of a session, for a study."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from alerts.policy.parser import parse_policy
from monitor.analysis.alarm_report import SessionAlarms
from monitor.analysis.deviations import Deviation, Windows, deviations
from monitor.analysis.dose_response import minute_medians
from monitor.analysis.session_data import SessionData, read_session_data
from monitor.analysis.study_features import COURSES, SPOTS, Value, best_channels, features
from monitor.cohorts.result import Cell, Progress, SessionResult
from monitor.core.session_spec import DERIVATION
from monitor.sessions.alarm_occurrences import Occurrence
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal

_MINUTE_NS = 60 * 10**9


@dataclass(frozen=True, slots=True)
class Summarize:
    """Task: summary of a session.

    Its rows are medians of minutes, counted from the dose, or from the start without a dose; of
    single measurements each value in its minute.
    """

    windows: Windows = field(default_factory=Windows)

    @property
    def name(self) -> str:
        """Return what is computed."""
        return f"summary: {self.windows}"

    @property
    def columns(self) -> Mapping[str, type]:
        """Return the columns of the courses."""
        return {"signal": str, "minute": int, "value": float}

    def __call__(self, path: Path, progress: Progress) -> SessionResult:
        """Return the summary of a journal; see `monitor.cohorts.result.Task`."""
        del progress  # it takes a second
        with Journal.read(path) as journal:
            recording = read_recording(journal)
            data = read_session_data(recording)
            derivation = recording.spec.derivation
        return SessionResult(facts=_facts(data, derivation, self.windows), rows=_rows(data))


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """The result of `Summarize` for one session."""

    path: Path
    result: SessionResult

    def __getitem__(self, name: str) -> Any:
        """Return a fact: session, participant, began_ns, dose_ns, simulated, imported ..."""
        return self.result.facts[name]

    @property
    def features(self) -> Mapping[str, Value]:
        """Return the features by name."""
        found: Mapping[str, Value] = self.result.facts["features"]
        return found

    @property
    def coverage(self) -> Mapping[str, float]:
        """Return the share of the session with a valid value by signal."""
        found: Mapping[str, float] = self.result.facts["coverage"]
        return found

    @property
    def deviations(self) -> list[Deviation]:
        """Return the deviations from the protocol."""
        return [Deviation(**each) for each in self.result.facts["deviations"]]

    @property
    def watched(self) -> SessionAlarms:
        """Return the alarms of the session."""
        known = self.result.facts["policy"]
        recorded = known["derivation"] < DERIVATION
        return SessionAlarms(
            policy=parse_policy(known["text"], f"policy {known['name']}", recorded=recorded),
            began_ns=self["began_ns"],
            ended_ns=self["ended_ns"],
            occurrences=[Occurrence(**each) for each in self.result.facts["alarms"]],
        )

    def course(self, signal: str) -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
        """Return minutes and values of a signal, each of shape (n,)."""
        rows = [row for row in self.result.rows if row["signal"] == signal]
        minutes = np.array([row["minute"] for row in rows], dtype=np.int64)
        return minutes, np.array([row["value"] for row in rows], dtype=np.float64)


def by_participant(sessions: Sequence[SessionSummary]) -> dict[str, list[SessionSummary]]:
    """Return the sessions of each participant in the order of time."""
    found: dict[str, list[SessionSummary]] = {}
    for each in sorted(sessions, key=lambda each: (each["began_ns"], each["id"])):
        found.setdefault(each["participant"], []).append(each)
    return dict(sorted(found.items()))


def _facts(data: SessionData, derivation: int, windows: Windows) -> dict[str, Any]:
    session, policy = data.session, data.policy
    return {
        "id": session.session,
        "participant": session.participant,
        "site": session.site,
        "simulated": session.simulated,
        "imported": data.imported,
        "began_ns": session.began_ns,
        "ended_ns": session.ended_ns,
        "dose_ns": data.dose_ns,
        "journal_hash": session.journal_hash,
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "text": policy.text,
            "derivation": derivation,
        },
        "features": features(data),
        "coverage": {
            signal: data.coverage[channel].share for signal, channel in best_channels(data).items()
        },
        "deviations": [dataclasses.asdict(each) for each in deviations(data, windows)],
        "alarms": [asdict(one) for one in data.alarms],
    }


def _rows(data: SessionData) -> list[dict[str, Cell]]:
    rows: list[dict[str, Cell]] = []
    for signal, channel in best_channels(data).items():
        if signal not in COURSES:
            continue
        minutes, medians = minute_medians(
            data.readings[channel], data.coverage[channel], data.zero_ns
        )
        rows += [
            {"signal": signal, "minute": minute, "value": value}
            for minute, value in zip(minutes.tolist(), medians.tolist(), strict=True)
            if not np.isnan(value)
        ]
    for channel, series in data.readings.items():
        signal = channel.partition("/")[2]
        if signal not in SPOTS:
            continue
        good = series.good()
        rows += [
            {"signal": signal, "minute": (at_ns - data.zero_ns) // _MINUTE_NS, "value": value}
            for at_ns, value in zip(good.at_ns.tolist(), good.values.tolist(), strict=True)
        ]
    return rows
