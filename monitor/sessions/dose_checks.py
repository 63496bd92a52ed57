"""Checks before the dose: baselines, and the measurements that the protocol asks for."""

from collections.abc import Iterator

from alerts.policy.conditions import Before, MeasurementDue
from dashboards.console.views.before_dose import DoseCheckView
from devices.signals import SIGNALS
from monitor.clock import SessionClock
from monitor.core.channel import Channel
from monitor.core.engine import Engine
from monitor.statistics.baseline import SPAN_NS, VALID_NS

_EVERY_NS = 5 * 10**9  # baselines take time to compute
_MINUTE_NS = 60 * 10**9


class DoseChecks:
    """Checks before the dose of one session."""

    def __init__(self, engine: Engine, clock: SessionClock) -> None:
        self._engine = engine
        self._clock = clock
        self._baselines: tuple[int, list[DoseCheckView]] | None = None

    def baselines(self) -> list[DoseCheckView]:
        """Return the progress of each baseline until the dose; at most 5 s old."""
        if self._engine.dose_ns is not None:
            return []
        now_ns = self._clock.now_ns()
        if self._baselines is None or now_ns - self._baselines[0] >= _EVERY_NS:
            self._baselines = now_ns, list(self._baselines_at(now_ns))
        return self._baselines[1]

    def pending(self) -> list[DoseCheckView]:
        """Return all checks until the dose is marked; after that, and after the end, nothing."""
        engine = self._engine
        if engine.dose_ns is not None or engine.lifecycle.ended is not None:
            return []
        return [*self.baselines(), *self._measurements(self._now_ns())]

    def missing(self, at_ns: int | None) -> list[str]:
        """Return what is not ready for a dose at a time (None: now), one sentence each."""
        given_ns = self._now_ns() if at_ns is None else at_ns
        checks = [*self._baselines_at(given_ns), *self._measurements(given_ns)]
        return [each.text for each in checks if not each.done]

    def _now_ns(self) -> int:
        return max(self._clock.now_ns(), self._engine.now_ns)  # entries may be a little ahead

    def _baselines_at(self, at_ns: int) -> Iterator[DoseCheckView]:
        for channel in self._engine.channels.values():
            if channel.uses_baseline:
                found, share = channel.assess(at_ns)
                done = found is not None
                yield DoseCheckView(
                    what=f"Baseline of {channel.signal.label.lower()}",
                    progress="ready" if done else _progress(channel, share, at_ns),
                    done=done,
                )

    def _measurements(self, at_ns: int) -> Iterator[DoseCheckView]:
        policy = self._engine.policy
        for rule in policy.rules if policy is not None else ():
            match rule.condition:
                case MeasurementDue(
                    signal=signal, schedule=Before(marker="dose", count=wanted, within_s=within_s)
                ) if rule.enabled:
                    since_ns = 0 if within_s is None else at_ns - round(within_s * 1e9)
                    made = sum(
                        since_ns <= each.measured_ns <= at_ns
                        for each in self._engine.spot.counting(signal)
                    )
                    yield DoseCheckView(
                        what=SIGNALS[signal].label,
                        progress=f"{min(made, wanted)} of {wanted} measurements",
                        done=made >= wanted,
                    )
                case _:
                    pass


def _progress(channel: Channel, share: float, at_ns: int) -> str:
    """Return why there is no baseline yet, with a value for a share of the time."""
    settling = channel.settling
    if channel.value is None:
        return "no valid value yet"
    if left_ns := settling.left_ns(at_ns):
        passed_ns = settling.duration_ns - left_ns
        return f"settling, {_minutes(passed_ns)} of {_minutes(settling.duration_ns)} min"
    valid_ns = round(share * max(0, min(SPAN_NS, at_ns - settling.over_ns(at_ns))))
    if valid_ns < VALID_NS:
        return f"{_minutes(valid_ns)} of {_minutes(VALID_NS)} min valid"
    return f"valid for {share:.0%} of the time, 70 % are required"


def _minutes(ns: int) -> int:
    return ns // _MINUTE_NS
