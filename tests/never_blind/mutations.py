"""Faults injected into the engine: each disables one safeguard against unjudged signals."""

from collections.abc import Callable
from typing import Any

import pytest

from alerts.active_alarms import ActiveAlarms
from alerts.evidence import Evidence
from devices.packets import Quality
from monitor.clock import SessionClock
from monitor.core import rule_evaluator
from monitor.core.baselines import Baselines
from monitor.core.condition_evaluators import CompareEvaluator
from monitor.core.rate_check import RateCheck
from monitor.core.rule_evaluator import RuleEvaluator
from monitor.core.sensor_measurements import SensorMeasurements
from monitor.core.signal_loss import SignalLoss
from monitor.core.standstill import Standstill

Patch = pytest.MonkeyPatch


def _nothing(*_args: object, **_kwargs: object) -> list[object]:
    return []


def _gap(patch: Patch) -> None:
    patch.setattr(SignalLoss, "_arm_absent", _nothing)


def _fragments(patch: Patch) -> None:
    pause = Evidence.pause

    def erase(self: Evidence, now_ns: int) -> None:
        pause(self, now_ns)
        self.violated_ns = 0

    patch.setattr(Evidence, "pause", erase)


def _silence(patch: Patch) -> None:
    see = Evidence.see

    def stand(self: Evidence, now_ns: int, zone: Any, valid_ns: int | None, forget: int) -> None:
        see(self, now_ns, zone, None if valid_ns is None else 90 * 10**9, forget)

    patch.setattr(Evidence, "see", stand)


def _doubt(patch: Patch) -> None:
    reading = RuleEvaluator.reading

    def believe(
        self: Any, now_ns: int, channel: Any, at: int, value: Any, quality: Quality, **more: Any
    ) -> Any:
        believed = Quality.GOOD if quality is Quality.QUESTIONABLE else quality
        return reading(self, now_ns, channel, at, value, believed, **more)

    patch.setattr(RuleEvaluator, "reading", believe)


def _unreadable(patch: Patch) -> None:
    patch.setattr(SensorMeasurements, "lose", _nothing)


def _stored(patch: Patch) -> None:
    def live(self: Any, channel: Any, received_ns: int, value: float | None) -> Any:
        facts = self.reading(received_ns, channel, received_ns, value, Quality.GOOD)
        return facts[0]

    patch.setattr(RuleEvaluator, "stored", live)


def _contradiction(patch: Patch) -> None:
    patch.setattr(RateCheck, "_differs", lambda *_: False)


def _settling(patch: Patch) -> None:
    init = CompareEvaluator.__init__

    def wait(self: CompareEvaluator, condition: Any, channel: Any, judged_ns: int) -> None:
        init(self, condition, channel, judged_ns)
        self.settles = channel.signal.unit == "Cel"

    patch.setattr(CompareEvaluator, "__init__", wait)


def _frozen(patch: Patch) -> None:
    patch.setattr(SignalLoss, "changed", _nothing)


def _baseline(patch: Patch) -> None:
    patch.setattr(Baselines, "_report", _nothing)


def _baseline_later(patch: Patch) -> None:
    patch.setattr(Baselines, "adopt", _nothing)


def _policy(patch: Patch) -> None:
    patch.setattr(ActiveAlarms, "amend", _nothing)


def _override(patch: Patch) -> None:
    patch.setattr(rule_evaluator, "with_safeguards", lambda policy: policy)


def _swap(patch: Patch) -> None:
    patch.setattr(RuleEvaluator, "exchanged", _nothing)


def _unknown_limit(patch: Patch) -> None:
    def judged(self: Any, _now_ns: int, **_calm: object) -> None:
        self.judged_ns = self.seen_ns

    patch.setattr("monitor.core.channel.Channel.judged", judged)


def _clock(patch: Patch) -> None:
    init = SessionClock.__init__

    def behind(self: SessionClock, wall_ns: Any, boottime_ns: Any, _not_before_ns: int = 0) -> None:
        init(self, wall_ns, boottime_ns)

    patch.setattr(SessionClock, "__init__", behind)


def _standstill(patch: Patch) -> None:
    begin = Standstill.begin

    def judge(self: Standstill, now_ns: int, since_ns: int) -> Any:
        facts = begin(self, now_ns, since_ns)
        self.standing = False
        return facts

    patch.setattr(Standstill, "begin", judge)


MUTATIONS: dict[str, Callable[[Patch], None]] = {
    "silence raises no alarm": _gap,
    "a gap erases what was seen": _fragments,
    "silence counts as evidence": _silence,
    "doubtful values are believed": _doubt,
    "a measurement that cannot be read is dropped": _unreadable,
    "stored records are judged as present": _stored,
    "a rate may contradict its own intervals": _contradiction,
    "settling hides fever": _settling,
    "a frozen value is as good as any": _frozen,
    "a missing baseline is not reported": _baseline,
    "rules of a later policy have no baseline": _baseline_later,
    "alarms keep the rules of the policy before": _policy,
    "an override can switch safeguards off": _override,
    "another sensor continues the values of the first": _swap,
    "an unknown limit counts as judged": _unknown_limit,
    "the clock starts behind the journal": _clock,
    "what waited during a standstill is judged as present": _standstill,
}
