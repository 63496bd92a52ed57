"""Settings of rules on eight hours: by columns, compared with a replay of each.

A strap and a patch under `mdma-session`. The grids vary the limit and the sustain time of a rule on
each signal, within the range of the values, so that alarms are raised. Columns are made once; the
first setting of each grid is replayed too, and both must give the same alarms. CPU time.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from time import process_time

from alerts.policy.parser import load_shipped
from benchmarks.results import Result
from benchmarks.sessions import spec
from devices.sensor import SensorSpec
from monitor.analysis.rule_settings import parse_grid, with_settings
from monitor.analysis.settings_by_columns import RuleColumns
from monitor.analysis.whatif import alarms_under, always
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import AlarmFact

SECONDS = 8 * 3600
GRIDS = (
    ("hr-110.above=95,100,105,110,115,120", "hr-110.sustain=0s,10s,14s,19s,30s,60s"),
    ("ct-38.above=37.6,37.7,37.8,37.9,38,38.1", "ct-38.sustain=0s,1min,2min,5min,10min"),
)
_START_NS = 1_700_000_000 * 10**9


def run() -> list[Result]:
    """Return the ratios of the columns and of a setting on each signal to a replay."""
    policy = load_shipped("mdma-session")
    entries, until_ns = list(_entries()), _START_NS + SECONDS * 10**9
    rules = frozenset(grid[0].partition(".")[0] for grid in GRIDS)
    columns = RuleColumns(always(policy), rules)
    made_s = _seconds(lambda: columns.record(entries, until_ns))
    replay_s = _seconds(lambda: list(alarms_under(always(policy), entries, until_ns)))
    results = [_result("columns", "columns of two rules, made once", made_s, replay_s)]
    for grid in GRIDS:
        rule = grid[0].partition(".")[0]
        settings = [with_settings(policy, each) for each in parse_grid(grid)]
        began = process_time()
        found = [columns.alarms_under(always(each)) for each in settings]
        each_s = (process_time() - began) / len(settings)
        replayed = alarms_under(always(settings[0]), entries, until_ns)
        if None in found or _in_order(found[0] or ()) != _in_order(replayed):
            raise RuntimeError(f"columns and replay differ in {grid}")
        steps = sum(len(each or ()) for each in found) / len(settings)
        what = f"a setting of `{rule}` by columns, {len(settings)} with {steps:.0f} steps of alarms"
        results.append(_result(rule, what, each_s, replay_s))
    return results


def _result(name: str, what: str, ours_s: float, replay_s: float) -> Result:
    return Result(
        name=f"settings {name}",
        measured=f"{what}, 8 h of a strap and a patch under `mdma-session`",
        alternative="a replay",
        value=ours_s / replay_s,
        figures=f"{ours_s * 1e3:.3g} ms against {replay_s * 1e3:,.0f} ms",
    )


def _seconds(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began


def _in_order(facts: Iterable[AlarmFact]) -> list[AlarmFact]:
    return sorted(facts, key=lambda fact: (fact.key, fact.at_ns))


def _entries() -> Iterator[Entry]:
    """Yield a session whose heart rate and temperature rise and fall, with noise and gaps."""
    rng = random.Random(1)
    sensors = (
        SensorSpec(label="strap", kind="heart-rate-strap"),
        SensorSpec(label="patch", kind="core-patch"),
    )
    body = body_bytes(spec(load_shipped("mdma-session"), sensors).body())
    yield Entry(seq=1, received_ns=_START_NS, kind=EntryKind.SESSION, source="b", payload=body)
    seq, rate, core = 1, 75.0, 3700.0
    for second in range(1, SECONDS):
        risen = max(0.0, 1.0 - abs(second - SECONDS / 2) / 7200)
        rate += (75 + 35 * risen - rate) * 0.02 + rng.gauss(0, 1.2)
        core += (3700 + 110 * risen - core) * 0.01 + rng.gauss(0, 0.5)
        packets = [("strap/2A37", bytes([0x06, min(250, max(30, round(rate)))]))]
        if second % 10 == 0:
            packets.append(
                ("patch/2A1C", b"\x04" + round(core).to_bytes(3, "little") + b"\xfe\x02")
            )
        for number, (source, payload) in enumerate(packets):
            if rng.random() < 0.02:  # lost
                continue
            seq += 1
            at_ns = _START_NS + second * 10**9 + rng.randrange(10**8) + number * 10**8
            yield Entry(
                seq=seq, received_ns=at_ns, kind=EntryKind.PACKET, source=source, payload=payload
            )
