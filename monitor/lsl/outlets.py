"""Outlets and inlets of the Lab Streaming Layer; every method may block and belongs in a thread.

Source: liblsl 1.17 documentation: stream metadata (XDF, "Meta-data specification"), configuration
file lsl_api.cfg (sections multicast, ports, log).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from types import ModuleType
from typing import Any

from monitor.config.lsl import LslMarkers, LslSettings
from monitor.extras import load_extra
from monitor.lsl.streams import SOURCE, Sample, StreamSpec

_OPEN_WITHIN_S = 2.0
_CORRECT_WITHIN_S = 5.0
_CORRECT_EVERY_S = 30.0
_SECONDS_BUFFERED = 360
_MOST_AT_ONCE = 100
_TOGETHER_S = 0.0001
_TRIES = 10
_PORTS = 256  # each stream needs one; beyond the default of 32, some recorders find no stream


def load_lsl(settings: LslSettings) -> ModuleType:
    """Load liblsl; its settings are those of the first call in a process.

    Raises:
        ConfigError: pylsl is not installed.
    """
    lsl = load_extra("pylsl", "lsl")
    peers = "KnownPeers={127.0.0.1}\n" if settings.scope == "machine" else ""
    lsl.set_config_content(
        f"[ports]\nPortRange={_PORTS}\n[multicast]\nResolveScope={settings.scope}\n"
        f"[lab]\n{peers}[log]\nlevel=-3\n"
    )
    return lsl


def both_clocks(lsl: ModuleType, now_ns: Callable[[], int]) -> tuple[float, int]:
    """Return LSL's time in seconds and the session's in nanoseconds, of the same moment.

    On a busy computer tens of milliseconds can pass between two calls: then they are read again.
    """
    passed_s = inf
    for _ in range(_TRIES):
        before_s = float(lsl.local_clock())
        read_ns = now_ns()
        after_s = float(lsl.local_clock())
        if after_s - before_s < passed_s:
            passed_s = after_s - before_s
            found = (before_s + after_s) / 2, read_ns
        if passed_s < _TOGETHER_S:
            break
    return found


class Outlets:
    """Outlets of one session, created as they are needed.

    Args:
        lsl: the module pylsl.
        describe: returns the metadata of a stream.
        now_ns: the session's clock.
    """

    def __init__(
        self, lsl: ModuleType, describe: Callable[[str], StreamSpec], now_ns: Callable[[], int]
    ) -> None:
        self._lsl = lsl
        self._describe = describe
        self._now_ns = now_ns
        self._outlets: dict[str, Any] = {}
        self._last_ns: dict[str, int] = {}

    def open(self, specs: Iterable[StreamSpec]) -> None:
        """Create outlets."""
        for spec in specs:
            self._outlet(spec)

    def push(self, samples: Sequence[Sample]) -> None:
        """Send samples with their times on LSL's clock.

        Of each channel only newer samples than the last one are sent: recorders expect increasing
        times, and corrections of the past are in the journal.
        """
        for sample in samples:
            spec = self._describe(sample.key)
            if not spec.texts:
                if sample.at_ns <= self._last_ns.get(sample.key, 0):
                    continue
                self._last_ns[sample.key] = sample.at_ns
            self._outlet(spec).push_sample(list(sample.values), self._stamp_s(sample.at_ns))

    def offset_s(self) -> float:
        """Return what added to stamps gives times of the session, in seconds of Unix time."""
        clock_s, now_ns = both_clocks(self._lsl, self._now_ns)
        return now_ns / 1e9 - clock_s

    def close(self) -> None:
        """Destroy the outlets, which takes some 30 ms each."""
        self._outlets.clear()

    def _stamp_s(self, at_ns: int) -> float:
        clock_s, now_ns = both_clocks(self._lsl, self._now_ns)
        return clock_s - (now_ns - at_ns) / 1e9

    def _outlet(self, spec: StreamSpec) -> Any:
        outlet = self._outlets.get(spec.key)
        if outlet is None:
            info = self._lsl.StreamInfo(
                spec.name,
                spec.type,
                len(spec.channels),
                self._lsl.IRREGULAR_RATE,
                "string" if spec.texts else "double64",
                spec.source_id,
            )
            description = info.desc()
            description.append_child_value("manufacturer", SOURCE)
            if spec.model:
                description.append_child("acquisition").append_child_value("model", spec.model)
            channels = description.append_child("channels")
            for label, unit in spec.channels:
                channel = channels.append_child("channel")
                channel.append_child_value("label", label)
                channel.append_child_value("unit", unit)
                channel.append_child_value("type", spec.type)
            clock = description.append_child("synchronization")
            clock.append_child_value("session_time_minus_lsl_time_s", f"{self.offset_s():.6f}")
            outlet = self._lsl.StreamOutlet(info, max_buffered=_SECONDS_BUFFERED)
            self._outlets[spec.key] = outlet
        return outlet


@dataclass(frozen=True, slots=True)
class ReceivedMarker:
    """A marker of another program, at a time of the session."""

    source: LslMarkers
    text: str
    at_ns: int


class Inlets:
    """Inlets of the configured streams of markers.

    Args:
        lsl: the module pylsl.
        sources: configured streams.
        now_ns: the session's clock.
    """

    def __init__(
        self, lsl: ModuleType, sources: Sequence[LslMarkers], now_ns: Callable[[], int]
    ) -> None:
        self._lsl = lsl
        self._now_ns = now_ns
        self._resolvers = {
            source: lsl.ContinuousResolver(pred=f"name='{source.stream}' and channel_count=1")
            for source in sources
        }
        self._inlets: dict[str, tuple[LslMarkers, Any]] = {}
        self._corrections: dict[str, tuple[float, float]] = {}

    def poll(self) -> list[ReceivedMarker]:
        """Return new markers; find streams that have appeared and forget lost ones."""
        found: list[ReceivedMarker] = []
        for source, resolver in self._resolvers.items():
            for info in resolver.results():
                if info.uid() not in self._inlets and not info.source_id().startswith(SOURCE):
                    self._open(source, info)
        for uid, (source, inlet) in list(self._inlets.items()):
            try:
                found += self._pull(uid, source, inlet)
            except (self._lsl.util.LostError, self._lsl.util.TimeoutError):
                del self._inlets[uid]
        return found

    def close(self) -> None:
        """Close all inlets."""
        self._inlets.clear()
        self._resolvers.clear()

    def _open(self, source: LslMarkers, info: Any) -> None:
        inlet = self._lsl.StreamInlet(info, recover=False)
        try:
            inlet.open_stream(_OPEN_WITHIN_S)
            self._correct(info.uid(), inlet)
        except (self._lsl.util.LostError, self._lsl.util.TimeoutError):
            return  # found again by the resolver
        self._inlets[info.uid()] = source, inlet

    def _correct(self, uid: str, inlet: Any) -> float:
        """Return the offset of the sender's clock; it is estimated again every 30 s."""
        correction_s, until_s = self._corrections.get(uid, (0.0, 0.0))
        clock_s = float(self._lsl.local_clock())
        if clock_s >= until_s:
            correction_s = float(inlet.time_correction(_CORRECT_WITHIN_S))
            self._corrections[uid] = correction_s, clock_s + _CORRECT_EVERY_S
        return correction_s

    def _pull(self, uid: str, source: LslMarkers, inlet: Any) -> list[ReceivedMarker]:
        correction_s = self._correct(uid, inlet)
        rows, stamps_s = inlet.pull_chunk(timeout=0.0, max_samples=_MOST_AT_ONCE)
        clock_s, now_ns = both_clocks(self._lsl, self._now_ns)
        offset_ns = now_ns - round(clock_s * 1e9)
        return [
            ReceivedMarker(
                source,
                str(row[0]).strip(),
                round((stamp_s + correction_s) * 1e9) + offset_ns,
            )
            for row, stamp_s in zip(rows, stamps_s, strict=True)
        ]
