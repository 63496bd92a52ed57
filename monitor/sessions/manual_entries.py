"""Enter what people measured and marked, undo and correct it, and settle doubtful measurements."""

from collections.abc import Mapping

from alerts.time_format import clock
from monitor.clock import SessionClock
from monitor.core.engine import Engine
from monitor.core.manual_vitals import validated
from monitor.core.markers import DOSE
from monitor.core.spot_measurements import BY_HAND
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.sessions.session_control import Act

MARKERS = frozenset({"dose", "supplement", "phase", "note", "rating"})
DOSE_UNDO_S = 600.0  # as long as the stretch that a baseline is taken from
_WITH_AMOUNT = ("dose", "supplement")
_UNITS = ("ug", "mg", "g", "mL")
_LARGEST_AMOUNT = 100_000.0
_LONGEST_TEXT = 500
_TOLERANCE_NS = 60 * 10**9  # people tell times by the minute


class ManualEntries:
    """Carry out what people enter into one session; names and reasons are checked already.

    Args:
        engine: of the session.
        clock: likewise.
        act: journals an act.
    """

    def __init__(self, engine: Engine, clock: SessionClock, act: Act) -> None:
        self._engine = engine
        self._clock = clock
        self._act = act

    def mark(
        self, kind: str, text: str, by: str, at_ns: int | None, amount: float | None, unit: str
    ) -> None:
        """Put a marker at this moment, or back to when it was given.

        Args:
            kind: one of `MARKERS`.
            text: what there is to say.
            by: who marks it.
            at_ns: when it was given, within the session; None: now.
            amount: of a dose or supplement, in `unit`; None: not known.
            unit: UCUM code: ug, mg, g or mL.

        Raises:
            ActError: there is no such marker, time or amount, or the dose is marked already.
        """
        if kind not in MARKERS:
            raise ActError(f"no marker '{kind}'; there are {', '.join(sorted(MARKERS))}")
        if kind == DOSE and self._engine.dose_ns is not None:
            raise ActError("the dose is marked already; use 'supplement' or 'note'")
        if len(text) > _LONGEST_TEXT:
            raise ActError(f"the text is longer than {_LONGEST_TEXT} characters; shorten it")
        given = {} if amount is None else _given(kind, amount, unit)
        self._act(EntryKind.MARKER, kind, {"text": text, "by": by, **given, **self._dated(at_ns)})

    def undo(self, at_ns: int, by: str, reason: str) -> None:
        """Undo the marker of a time.

        Raises:
            ActError: there is none, or it is a dose that was marked too long ago.
        """
        marker = self._engine.markers.find(at_ns)
        if marker is None:
            raise ActError("this marker does not count any more; nothing to take back")
        if marker.subject == DOSE:
            if not reason:
                raise ActError("give the reason for which the dose is taken back")
            if self._clock.now_ns() - marker.entered_ns > DOSE_UNDO_S * 1e9:
                raise ActError(
                    f"a dose can be taken back for {DOSE_UNDO_S / 60:.0f} minutes, since the "
                    "baseline hangs on it; write a note instead"
                )
        self._act(EntryKind.UNDO, marker.subject, {"at_ns": at_ns, "by": by, "reason": reason})

    def measure(
        self,
        values: Mapping[str, float],
        by: str,
        role: str,
        at_ns: int | None,
        *,
        confirmed: bool,
    ) -> None:
        """Enter what a person has measured by hand.

        Args:
            values: by signal, in the signals' units.
            by: who has measured.
            role: likewise.
            at_ns: when it was measured, within the session; None: now.
            confirmed: somebody stands by unusual values.

        Raises:
            ActError: a value or the time is not possible.
            UnusualError: a value has to be confirmed.
        """
        body = {"values": validated(values, confirmed=confirmed), "by": by, "role": role}
        self._act(EntryKind.VITALS, BY_HAND, {**body, **self._dated(at_ns)})

    def correct(
        self,
        entry: int,
        signal: str,
        value: float | None,
        by: str,
        reason: str,
        *,
        confirmed: bool,
    ) -> None:
        """Void a measurement, or put another value in its place in time.

        Raises:
            ActError: it does not count any more, or the new value is not possible.
            UnusualError: the new value has to be confirmed.
        """
        spot = self._engine.spot
        if spot.find(entry, signal) is None:
            raise ActError("this measurement does not count any more; nothing to correct")
        new = None
        if value is not None:
            beside = {
                each.signal: each.value
                for each in spot
                if each.entry == entry and each.counts and each.signal != signal
            }
            new = validated({signal: value}, confirmed=confirmed, beside=beside)[signal]
        body = {"entry": entry, "values": {signal: new}, "by": by, "reason": reason}
        self._act(EntryKind.CORRECTION, BY_HAND, body)

    def settle(self, channel: str, at_ns: int, by: str, *, valid: bool) -> None:
        """Settle whether a sensor's measurement that was not judged is valid.

        Raises:
            ActError: it is settled already, or no person has such values.
        """
        found = self._engine.from_sensors.find(channel, at_ns)
        if found is None:
            raise ActError("this measurement is settled already")
        if valid and not found.possible:
            raise ActError("no person has such values; measure again")
        self._act(EntryKind.SETTLE, channel, {"at_ns": at_ns, "valid": valid, "by": by})

    def _dated(self, at_ns: int | None) -> dict[str, object]:
        """Return what says in an entry's body that it is dated back."""
        now_ns, started_ns = self._clock.now_ns(), self._engine.started_ns
        if at_ns is None:
            return {}
        if at_ns > now_ns + _TOLERANCE_NS:
            raise ActError("that time lies in the future; check it")
        if at_ns < started_ns - _TOLERANCE_NS:
            spec = self._engine.spec
            began = clock(started_ns, spec.zone if spec is not None else None)[:-3]
            raise ActError(f"that time lies before the session began at {began}; write a note")
        return {} if at_ns >= now_ns else {"at_ns": max(at_ns, started_ns)}


def _given(kind: str, amount: float, unit: str) -> dict[str, object]:
    """Return an amount as the body of an entry has it."""
    if kind not in _WITH_AMOUNT:
        raise ActError(f"a {kind} has no amount; only a dose and a supplement have")
    if unit not in _UNITS:
        raise ActError(f"'{unit}' is not a unit of an amount; there are {', '.join(_UNITS)}")
    if not 0 < amount <= _LARGEST_AMOUNT:  # NaN neither
        raise ActError(f"an amount of {amount:g} {unit} is not possible; check it")
    return {"amount": float(amount), "unit": unit}
