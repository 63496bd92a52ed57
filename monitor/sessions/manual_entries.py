"""Markers and measurements entered by people: entry, undo, correction and confirmation."""

from collections.abc import Mapping

from devices.errors import UnusualError
from monitor.clock import SessionClock
from monitor.core.engine import Engine
from monitor.core.manual_vitals import validated
from monitor.core.markers import DOSE
from monitor.core.spot_measurements import BY_HAND
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.sessions.dose_checks import DoseChecks
from monitor.sessions.entry_times import checked_ns
from monitor.sessions.session_control import Act

MARKERS = frozenset({"dose", "supplement", "phase", "note", "rating"})
DOSE_UNDO_S = 600.0  # length of the baseline window
_SUPPLEMENT = "supplement"
_WITH_AMOUNT = (DOSE, _SUPPLEMENT)
_UNITS = ("ug", "mg", "g", "mL")
_LARGEST_AMOUNT = 100_000.0
_LONGEST_TEXT = 500


class ManualEntries:
    """Entries of people into one session; the caller has checked names and reasons.

    Args:
        engine: of the session.
        clock: of the session.
        checks: what is to be ready before the dose.
        act: journals and applies an action.
    """

    def __init__(self, engine: Engine, clock: SessionClock, checks: DoseChecks, act: Act) -> None:
        self._engine = engine
        self._checks = checks
        self._clock = clock
        self._act = act

    def mark(
        self,
        kind: str,
        text: str,
        by: str,
        at_ns: int | None,
        amount: float | None,
        unit: str,
        *,
        reason: str,
        confirmed: bool,
    ) -> None:
        """Add a marker now, or at an earlier time.

        Args:
            kind: one of `MARKERS`.
            text: description.
            by: who enters it.
            at_ns: time of the event, within the session; None for now.
            amount: of a dose or supplement, in `unit`; None if unknown.
            unit: UCUM code: ug, mg, g or mL.
            reason: for a dose although something is missing before it.
            confirmed: an unusual amount was confirmed.

        Raises:
            ActError: marker, time or amount are not valid, the dose is already marked, or something
                is missing before it and there is no reason.
            UnusualError: the amount must be confirmed.
        """
        if kind not in MARKERS:
            raise ActError(
                f"marker '{kind}' is unknown; known markers: {', '.join(sorted(MARKERS))}"
            )
        if kind == DOSE and self._engine.dose_ns is not None:
            raise ActError("the dose is already marked; use 'supplement' or 'note'")
        if kind == _SUPPLEMENT and self._engine.dose_ns is None:
            raise ActError("no dose is marked; mark the dose before its supplement")
        if len(text) > _LONGEST_TEXT:
            raise ActError(f"the text is longer than {_LONGEST_TEXT} characters; shorten it")
        given = {} if amount is None else _given(kind, amount, unit)
        dated = self._dated(at_ns)
        if amount is not None and not confirmed:
            self._ask_unusual(kind, amount, unit)
        if kind == DOSE and (missing := self._checks.missing(dated.get("at_ns"))):
            if not reason:
                raise ActError(f"{'; '.join(missing)}. Give a reason to mark the dose all the same")
            given |= {"missing": missing, "reason": reason}
        self._act(EntryKind.MARKER, kind, {"text": text, "by": by, **given, **dated})

    def _ask_unusual(self, kind: str, amount: float, unit: str) -> None:
        drug = None if self._engine.policy is None else self._engine.policy.dose
        if drug is not None and (unusual := drug.unusual(kind, amount, unit)):
            raise UnusualError(f"{unusual}; check the amount or confirm it")

    def undo(self, at_ns: int, by: str, reason: str) -> None:
        """Undo the marker of a time.

        Raises:
            ActError: there is no such marker, or it is a dose marked too long ago.
        """
        marker = self._engine.markers.find(at_ns)
        if marker is None:
            raise ActError("this marker was already undone, or does not exist; nothing to undo")
        if marker.subject == DOSE:
            if not reason:
                raise ActError("give a reason for undoing the dose")
            if self._clock.now_ns() - marker.entered_ns > DOSE_UNDO_S * 1e9:
                raise ActError(
                    f"a dose can be undone only within {DOSE_UNDO_S / 60:.0f} minutes, because the "
                    "baseline depends on it; add a note instead"
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
        """Enter manual measurements.

        Args:
            values: by signal, in the signals' units.
            by: who measured.
            role: of that person.
            at_ns: time of the measurement, within the session; None for now.
            confirmed: unusual values were confirmed.

        Raises:
            ActError: a value or the time is not possible.
            UnusualError: a value must be confirmed.
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
        """Void a measurement, or replace its value at the same time.

        Raises:
            ActError: it is no longer valid, or the new value is not possible.
            UnusualError: the new value must be confirmed.
        """
        spot = self._engine.spot
        if spot.find(entry, signal) is None:
            raise ActError("this measurement was already corrected or voided; nothing to correct")
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
        """Confirm or reject a sensor's doubtful measurement.

        Raises:
            ActError: this was decided already, or the values are not possible.
        """
        found = self._engine.from_sensors.find(channel, at_ns)
        if found is None:
            raise ActError("this measurement was already confirmed or rejected")
        if valid and not found.possible:
            raise ActError("these values are not physiologically possible; measure again")
        self._act(EntryKind.SETTLE, channel, {"at_ns": at_ns, "valid": valid, "by": by})

    def _dated(self, at_ns: int | None) -> dict[str, int]:
        """Return the `at_ns` of an entry's body, if the entry is dated back."""
        now_ns = self._clock.now_ns()
        given_ns = checked_ns(self._engine, now_ns, at_ns)
        return {} if given_ns >= now_ns else {"at_ns": given_ns}


def _given(kind: str, amount: float, unit: str) -> dict[str, object]:
    """Return the amount and unit of an entry's body."""
    if kind not in _WITH_AMOUNT:
        raise ActError(f"a {kind} has no amount; only a dose or supplement has one")
    if unit not in _UNITS:
        raise ActError(f"'{unit}' is not a valid unit; use one of {', '.join(_UNITS)}")
    if not 0 < amount <= _LARGEST_AMOUNT:  # also refuses NaN
        raise ActError(f"an amount of {amount:g} {unit} is not possible; check it")
    return {"amount": float(amount), "unit": unit}
