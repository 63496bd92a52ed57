"""The requirement: each monitored signal is evaluated, within its hold time, or in alarm."""

from typing import NamedTuple, Protocol

from monitor.core.engine import Engine
from tests.never_blind.model import Model
from tests.never_blind.rules import HOLD_S, LONG_S, RANK, SPOT, watched_signals
from tests.never_blind.samples import SECOND


class Counts(Protocol):
    """Counters of evaluated and unjudged seconds."""

    channel_seconds: int
    unjudged: int


class Breach(NamedTuple):
    """A channel that is unjudged without the required alarm."""

    channel: str
    what: str


def breaches(engine: Engine, model: Model, counts: Counts) -> list[Breach]:
    """Return the current breaches of the requirement.

    The model decides whether a channel is unjudged; the open alarms are the engine's.
    """
    standing: dict[str, int] = {}
    for alarm in engine.alarms.open():
        if alarm.rule.technical and alarm.holds:
            standing[alarm.subject] = max(standing.get(alarm.subject, 0), alarm.rule.priority)
    found: list[Breach] = []
    watched = watched_signals(list(model.rules.values()))
    for channel in model.channels.values():
        if channel.signal not in watched or channel.signal in SPOT:
            continue
        counts.channel_seconds += 1
        if not channel.is_unjudged(model.now):
            continue
        counts.unjudged += 1
        blind_s = (model.now - channel.judged_at) / SECOND
        absent = [
            r for r in model.rules.values() if r.kind == "absent" and r.signal == channel.signal
        ]
        low_s = min((r.what for r in absent), default=HOLD_S[channel.signal])
        loud = [r.what for r in absent if RANK[r.priority] >= RANK["medium"]]
        long_s = min(loud, default=LONG_S.get(channel.signal, 300))
        rank = standing.get(channel.name, -1)
        if blind_s >= low_s and rank < RANK["low"]:
            found.append(
                Breach(channel.name, f"not judged for {blind_s:g} s, and no alarm says it")
            )
        elif blind_s >= long_s and rank < RANK["medium"]:
            found.append(
                Breach(channel.name, f"not judged for {blind_s:g} s, and nobody is called")
            )
    return found
