"""Baselines of a session: taken at the dose, and in force until they are taken again.

Pure, like the engine: each call gets the time.
"""

from collections.abc import Callable, Iterator, Mapping

from monitor.core.channel import Channel
from monitor.core.system_faults import SystemFaults
from monitor.entries import Entry
from monitor.facts import BaselineFact, Fact

_TOO_FEW = "fewer than 5 valid minutes, or less than 70 % of the time, before {when}; {so}"
_NONE = "only fixed limits are judged"
_KEPT = "the earlier baseline stays in force"
_FAULT = "baseline-not-established"


class Baselines:
    """Baselines of all channels on which a rule depends.

    Args:
        channels: of the session, by name.
        faults: of the session.
        withdraw: withdraws the alarms of rules that depend on a channel's baseline, for a
            person.

    Attributes:
        dose_ns: time of the dose, or None.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        faults: SystemFaults,
        withdraw: Callable[[int, Channel, str], list[Fact]],
    ) -> None:
        self.dose_ns: int | None = None
        self._channels = channels
        self._faults = faults
        self._withdraw = withdraw
        self._missing: set[str] = set()

    def dose(self, now_ns: int, by: str, given_ns: int) -> list[Fact]:
        """Take the baselines of the 10 minutes before the dose, for `by`."""
        self.dose_ns = given_ns
        return self._take(now_ns, by, given_ns)

    def take_again(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a REBASELINE entry: take the last 10 minutes, if they suffice."""
        return self._take(now_ns, entry.body()["by"], now_ns)

    def _take(self, now_ns: int, by: str, at_ns: int) -> list[Fact]:
        facts: list[Fact] = []
        for channel in self._channels.values():
            if channel.uses_baseline:
                facts += self._freeze(now_ns, channel, by, at_ns)
        return facts

    def adopt(self, now_ns: int, channel: Channel) -> list[Fact]:
        """Take a baseline that a changed policy or a new sensor needs after the dose."""
        if not channel.uses_baseline:
            return [*self._report(now_ns, channel, None)]
        if self.dose_ns is None or channel.baseline is not None or channel.name in self._missing:
            return []
        return [*self._freeze(now_ns, channel, "", self.dose_ns)]

    def _freeze(self, now_ns: int, channel: Channel, by: str, at_ns: int) -> Iterator[Fact]:
        frozen, coverage = channel.assess(at_ns)
        signal = channel.signal
        if frozen is not None or channel.baseline is None:
            channel.set_baseline(frozen)
            yield BaselineFact(
                subject=channel.name,
                at_ns=now_ns,
                value=None if frozen is None else signal.value(frozen.median),
                spread=None if frozen is None else signal.value(frozen.spread),
                coverage=coverage,
                by=by,
            )
            yield from channel.facts.limits(now_ns)
        cause = None
        if frozen is None:
            when = "the dose" if at_ns == self.dose_ns else "now"
            so = _NONE if channel.baseline is None else _KEPT
            cause = _TOO_FEW.format(when=when, so=so)
        yield from self._report(now_ns, channel, cause)

    def clear(self, now_ns: int, by: str, dose_ns: int | None = None) -> list[Fact]:
        """Clear all baselines after `by` has undone the dose.

        Args:
            now_ns: engine time.
            by: who has undone it.
            dose_ns: time of another dose, which counts now; its baselines are taken.
        """
        self.dose_ns = dose_ns
        facts: list[Fact] = []
        for channel in self._channels.values():
            if channel.uses_baseline or channel.baseline is not None:
                facts += self._clear(now_ns, channel, by)
        return facts

    def _clear(self, now_ns: int, channel: Channel, by: str) -> Iterator[Fact]:
        _, coverage = channel.assess(now_ns)
        channel.set_baseline(None)
        yield from self._withdraw(now_ns, channel, by)
        if self.dose_ns is not None and channel.uses_baseline:
            yield from self._freeze(now_ns, channel, by, self.dose_ns)
            return
        yield BaselineFact(
            subject=channel.name, at_ns=now_ns, value=None, spread=None, coverage=coverage, by=by
        )
        yield from channel.facts.limits(now_ns)
        yield from self._report(now_ns, channel, None)

    def _report(self, now_ns: int, channel: Channel, cause: str | None) -> list[Fact]:
        if cause is None and channel.name not in self._missing:
            return []
        if cause is None:
            self._missing.discard(channel.name)
        else:
            self._missing.add(channel.name)
        return self._faults.report(now_ns, _FAULT, channel.name, cause)
