"""Task: alarms of a session, as recorded and under other policies or settings of rules."""

import dataclasses
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.policy.expressions import duration_text
from alerts.policy.parser import parse_policy
from alerts.policy.rules import Policy
from monitor.analysis.adverse_event_table import AdverseEvent, adverse_events
from monitor.analysis.link_figures import Packets, link_figures
from monitor.analysis.rule_settings import Setting, with_settings
from monitor.analysis.sustain_times import alarms_by_sustain
from monitor.analysis.whatif import alarms_under, with_sustain
from monitor.cohorts.result import Cell, Progress, SessionResult
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.entries import Entry
from monitor.facts import AdverseEventFact, AlarmFact
from monitor.sessions.alarm_occurrences import AlarmOccurrences, Occurrence
from monitor.sessions.recording import Recording, read_recording
from monitor.storage.head_check import newest_head
from monitor.storage.journal import Journal
from monitor.storage.signed_head import SignedHead

if TYPE_CHECKING:
    from monitor.analysis.settings_by_columns import RuleColumns

RECORDED = "recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Rules to evaluate instead of those in force.

    Attributes:
        policy: instead of the policy in force; None: that one, with its overrides.
        sustain_s: sustain time of every rule, or None.
        settings: of single rules.
    """

    policy: Policy | None = None
    sustain_s: float | None = None
    settings: tuple[Setting, ...] = ()

    @property
    def name(self) -> str:
        """Return what distinguishes it, in one line."""
        parts = [] if self.policy is None else [f"{self.policy.name} {self.policy.version}"]
        if self.sustain_s is not None:
            parts.append(f"sustain {duration_text(self.sustain_s)}")
        return " ".join([*parts, *map(str, self.settings)])

    def instead(self, in_force: Policy) -> Policy:
        """Return the policy to evaluate instead of the one in force."""
        policy = self.policy or in_force
        if self.sustain_s is not None:
            policy = with_sustain(policy, self.sustain_s)
        return _with_settings(policy, self.settings) if self.settings else policy


@dataclass(frozen=True, slots=True)
class AlarmVariants:
    """Task: the recorded alarms of a session, and those under each variant.

    Its rows are occurrences of alarms with the name of their variant. Facts of the session are its
    id, times, policy, adverse events, newest signed head and, with `sensors`, statistics of links.
    """

    variants: tuple[Variant, ...]
    sensors: bool = False

    @property
    def name(self) -> str:
        """Return the variants, each with the digest of its policy."""
        digests = [v.policy.digest if v.policy else "in force" for v in self.variants]
        return f"alarms{' and sensors' * self.sensors}: " + "; ".join(
            f"{variant.name} [{digest}]"
            for variant, digest in zip(self.variants, digests, strict=True)
        )

    @property
    def columns(self) -> Mapping[str, type]:
        """Return the columns of the table."""
        hints = typing.get_type_hints(Occurrence)
        names = [each.name for each in dataclasses.fields(Occurrence)]
        return {"variant": str, **{name: _plain(hints[name]) for name in names}}

    def __call__(self, path: Path, progress: Progress) -> SessionResult:
        """Return the alarms of a journal; see `monitor.cohorts.result.Task`."""
        with Journal.read(path) as journal:
            recording = read_recording(journal)
            until_ns = recording.ended_ns
            rows = _rows(RECORDED, recording.occurrences().until(until_ns))

            def entries(what: str) -> Iterable[Entry]:
                return progress(journal.entries(), journal.last_seq, f"{path.name}: {what}")

            columns = self._columns(entries, until_ns)
            sustained, packets = self._sustained(entries, until_ns)
            replayed = []
            for variant in self.variants:
                alarms: Iterable[AlarmFact] | None = sustained.get(variant.name)
                if columns is not None:
                    alarms = columns.alarms_under(variant.instead)
                if alarms is None:
                    replayed.append(variant.name)
                    alarms = alarms_under(variant.instead, entries(variant.name), until_ns)
                raised = AlarmOccurrences(alarms).until(until_ns)
                rows += _rows(variant.name, self._shown(raised) if variant.settings else raised)
            facts = _facts(recording, journal, replayed)
            if self.sensors:
                links = link_figures(journal, packets)
                facts["sensors"] = {label: link.body() for label, link in links.items()}
            return SessionResult(facts=facts, rows=rows)

    @property
    def _set(self) -> frozenset[str]:
        """Return the ids of the rules that the variants set."""
        return frozenset(setting.rule for each in self.variants for setting in each.settings)

    def _sustained(
        self, entries: Callable[[str], Iterable[Entry]], until_ns: int
    ) -> tuple[Mapping[str, list[AlarmFact] | None], Mapping[str, Packets] | None]:
        """Return the steps of the alarms of each sustain time, and the packets.

        None, as of `SustainTimes`.
        """
        sustained = [each for each in self.variants if each.sustain_s is not None]
        instead = [each.instead for each in sustained]
        found = alarms_by_sustain(instead, entries("sustain times"), until_ns)
        alarms = zip((each.name for each in sustained), found.alarms, strict=True)
        return dict(alarms), found.packets

    def _columns(
        self, entries: Callable[[str], Iterable[Entry]], until_ns: int
    ) -> "RuleColumns | None":
        """Return the columns of the rules that the variants set, all in the same policy."""
        for variant in self.variants:
            if variant.settings:
                from monitor.analysis.settings_by_columns import (  # noqa: PLC0415 - loads NumPy
                    RuleColumns,
                )

                base = replace(variant, settings=())
                columns = RuleColumns(base.instead, self._set)
                return columns.record(entries(base.name or "columns"), until_ns)
        return None

    def _shown(self, raised: Iterable[Occurrence]) -> list[Occurrence]:
        """Return the physiological alarms and those of the rules that are set, by time.

        Not those about calls, since nobody was called about the alarms of a setting.
        """
        shown = (one for one in raised if not one.technical or one.rule in self._set)
        return sorted(shown, key=lambda one: (one.raised_ns, one.key))


@dataclass(frozen=True, slots=True)
class SessionVariants:
    """The result of `AlarmVariants` for one session."""

    path: Path
    result: SessionResult

    @property
    def id(self) -> str:
        """Return the id of the session."""
        return str(self.result.facts["id"])

    @property
    def began_ns(self) -> int:
        """Return the start of the session."""
        return int(self.result.facts["began_ns"])

    @property
    def ended_ns(self) -> int:
        """Return the end of the recording."""
        return int(self.result.facts["ended_ns"])

    @property
    def policy(self) -> Policy:
        """Return the policy with which the session began."""
        known = self.result.facts["policy"]
        return parse_policy(
            known["text"], f"policy {known['name']}", recorded=known["derivation"] < DERIVATION
        )

    @property
    def head(self) -> SignedHead | None:
        """Return the newest signed head of the journal, or None."""
        known = self.result.facts["head"]
        return None if known is None else SignedHead(**known)

    @property
    def adverse_events(self) -> list[AdverseEvent]:
        """Return the adverse events."""
        return [AdverseEvent(**each) for each in self.result.facts["adverse_events"]]

    @property
    def sensors(self) -> Mapping[str, Mapping[str, Any]]:
        """Return statistics of each sensor's link, if the task has computed them."""
        found: Mapping[str, Mapping[str, Any]] = self.result.facts.get("sensors", {})
        return found

    def replayed(self, variant: str) -> bool:
        """Return whether the alarms of a variant needed a separate replay."""
        return variant in self.result.facts.get("replayed", ())

    def occurrences(self, variant: str = RECORDED) -> list[Occurrence]:
        """Return the alarms of a variant in the order in which they were raised."""
        return [
            Occurrence(**{name: value for name, value in row.items() if name != "variant"})  # type: ignore[arg-type]
            for row in self.result.rows
            if row["variant"] == variant
        ]


@lru_cache(maxsize=4096)  # the settings of a grid are the same in every session
def _with_settings(policy: Policy, settings: tuple[Setting, ...]) -> Policy:
    return with_settings(policy, settings)


def _rows(variant: str, raised: Iterable[Occurrence]) -> list[dict[str, Cell]]:
    return [{"variant": variant, **asdict(one)} for one in raised]


def _facts(recording: Recording, journal: Journal, replayed: Sequence[str]) -> dict[str, Any]:
    spec, head = recording.spec, newest_head(journal)
    events: Sequence[AdverseEvent] = adverse_events(
        recording.facts(AdverseEventFact), recording.began_ns
    )
    return {
        "id": spec.id,
        "site": spec.site,
        "participant": spec.participant,
        "virtual": spec.virtual,
        "policy": _policy(spec),
        "began_ns": recording.began_ns,
        "ended_ns": recording.ended_ns,
        "adverse_events": [asdict(each) for each in events],
        "head": None if head is None else asdict(head),
        "replayed": replayed,
    }


def _policy(spec: SessionSpec) -> dict[str, object]:
    policy = spec.policy
    return {
        "name": policy.name,
        "version": policy.version,
        "digest": policy.digest,
        "text": policy.text,
        "derivation": spec.derivation,
    }


def _plain(hint: Any) -> type:
    """Return the type of a column without None."""
    found: type = next(
        each for each in (typing.get_args(hint) or (hint,)) if each is not type(None)
    )
    return found
