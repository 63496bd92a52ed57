"""Digests of the facts of stored sessions: ``python -m tests.replay.fact_digests`` rewrites them.

A change of the engine that alters one byte of a fact changes a digest, so that a person accepts it.
The sessions are stored, not played, so that only the engine, the decoders and the policies matter;
`tests.replay.stored_sessions` has made them.
"""

import base64
import hashlib
import json
import lzma
import pickle
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

from alerts.policy.parser import load_shipped, parse_policy
from alerts.policy.rules import Policy
from monitor.core.engine import Engine
from monitor.core.policy_changes import in_force
from monitor.entries import Entry
from monitor.facts import Fact, payload

DATA = Path(__file__).parents[1] / "data"
SESSIONS = DATA / "sessions"
DIGESTS = DATA / "fact_digests.json"
LATER_NS = 3600 * 10**9  # after the last entry: every timer has fired

Instead = Callable[[Policy], Policy]


def _every_statistic() -> Policy:
    """Return a policy that reads each statistic and anchor of continuous signals."""
    conditions = [
        f'signal = "{signal}"\nstatistic = "{statistic}"\nabove = {limit}\nclear = {limit - 1}'
        for (signal, limit), statistic in product(
            (("heart_rate", 75), ("pulse_rate", 75), ("core_temperature", 37.1)),
            ("last", "mean(30s)", "median(60s)", "min(2min)", "max(30s)", "ewma(1min)"),
        )
    ]
    conditions += [
        f'signal = "heart_rate"\nstatistic = "{statistic}"\nabove = {limit}'
        for statistic, limit in (("sd(2min)", 2), ("spread(2min)", 2), ("slope(1min)", 3))
    ]
    conditions += [
        f'signal = "{signal}"\nat_least = "{anchor} + {by}"\nclear = "{anchor} + {by / 2}"'
        for (signal, by), anchor in product(
            (("heart_rate", 8), ("skin_temperature", 0.2)),
            ("baseline", "rolling(2min)", "ewma(90s)"),
        )
    ]
    conditions += [
        'signal = "rr_interval"\nstatistic = "rmssd(1min)"\nbelow = 30',
        'signal = "rr_interval"\nstatistic = "sdnn(5min)"\nbelow = 30',
        'signal = "spo2"\nat_most = 96\nclear = 97\nrepeated = "3 in 1min"',
        'signal = "skin_temperature"\nabove = 39',
        'signal = "core_temperature"\nrise = "0.1 in 15min"',
        'all = ["core_temperature above 37.0", "heart_rate above 80"]',
        *(f'signal = "heart_rate"\n{kind} = "20s"' for kind in ("absent", "invalid", "frozen")),
    ]
    rules = "".join(
        f'[[rule]]\nid = "r{number}"\n{condition}\nsustain = "5s"\n'
        'priority = "low"\nmessage = "m"\nsource = "test"\n\n'
        for number, condition in enumerate(conditions)
    )
    head = 'name = "every-statistic"\nversion = "1"\nsettling = { core_temperature = "1min" }\n\n'
    return parse_policy(head + rules, "every-statistic")


def _given(policy: Policy, _in_force: Policy) -> Policy:
    return policy


def _always(policy: Policy) -> Instead:
    return partial(_given, policy)


def policies() -> dict[str, Instead]:
    """Return what replaces the policy in force of a session, by name."""
    return {
        "its own": in_force,
        "every-statistic": _always(_every_statistic()),
        **{name: _always(load_shipped(name)) for name in ("mdma-session", "exercise")},
    }


def digest(
    entries: Iterable[Entry],
    instead: Instead = in_force,
    timers_ns: int = 0,
    kept_every: int | None = None,
) -> str:
    """Return how many facts a session gives, and the SHA-256 of all.

    Args:
        entries: of the session.
        instead: see `Engine`.
        timers_ns: time after the last entry during which timers fire.
        kept_every: entries after which the engine is replaced by an unpickled one; None: never.
    """
    engine, found, count = Engine(instead), hashlib.sha256(), 0

    def add(seq: int, fact: Fact) -> None:
        text = f"{seq} {fact.at_ns} {fact.kind} {fact.subject} {payload(fact)}\n"
        found.update(text.encode())

    for entry in entries:
        if kept_every is not None and entry.seq % kept_every == 0:
            engine = pickle.loads(pickle.dumps(engine))  # noqa: S301
        for seq, fact in engine.apply(entry):
            add(seq, fact)
            count += 1
    for fact in engine.advance(engine.now_ns + timers_ns):
        add(engine.seq, fact)
        count += 1
    return f"{count} {found.hexdigest()}"


def store(path: Path, entries: Iterable[Entry]) -> None:
    """Write the entries of a session, one line of JSON each, compressed."""
    lines = [
        [
            entry.received_ns,
            entry.measured_ns,
            entry.kind,
            entry.source,
            base64.b85encode(entry.payload).decode(),
        ]
        for entry in entries
    ]
    path.write_bytes(lzma.compress("\n".join(map(json.dumps, lines)).encode()))


def stored(path: Path) -> Iterator[Entry]:
    """Yield the entries of a session."""
    lines = lzma.decompress(path.read_bytes()).decode().splitlines()
    for seq, line in enumerate(lines, 1):
        received_ns, measured_ns, kind, source, body = json.loads(line)
        yield Entry(
            seq=seq,
            received_ns=received_ns,
            measured_ns=measured_ns,
            kind=kind,
            source=source,
            payload=base64.b85decode(body),
        )


def names() -> list[str]:
    """Return the names of the stored sessions."""
    return sorted(path.stem for path in SESSIONS.glob("*.xz"))


def digests(name: str, kept_every: int | None = None) -> dict[str, str]:
    """Return the digests of a stored session by policy; see `digest`."""
    entries = list(stored(SESSIONS / f"{name}.xz"))
    return {
        policy: digest(entries, instead, LATER_NS, kept_every)
        for policy, instead in policies().items()
    }


def main() -> None:
    """Rewrite the file of digests; print which have changed."""
    before = json.loads(DIGESTS.read_text()) if DIGESTS.exists() else {}
    found = {name: digests(name) for name in names()}
    DIGESTS.write_text(json.dumps(found, indent=1) + "\n")
    for name, of_session in found.items():
        known = before.get(name, {})
        changed = [policy for policy, each in of_session.items() if each != known.get(policy)]
        print(f"{name}: {', '.join(changed) or 'unchanged'}")


if __name__ == "__main__":
    main()
