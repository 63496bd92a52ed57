"""A session of physiomon in the virtual machine, seen through its journal."""

import contextlib
import json
import signal
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bluez.machine import PHYSIOMON, Machine
from tests.bluez.report import Report, wait_for

STRAP = {"label": "strap", "kind": "heart-rate-strap", "name": "My strap"}
PATCH = {"label": "patch", "kind": "core-patch", "name": "My patch"}
EAR = {"label": "ear", "kind": "thermometer", "name": "My ear"}
ROOM = {"label": "room", "kind": "broadcast-thermometer", "name": "My room"}
_VITAL = ("2A37", "2A1C", "00002101", "advert")
PORT = 18701


@dataclass(frozen=True, slots=True)
class LinkEvent:
    at_ns: int
    state: str
    reason: str


@dataclass(slots=True)
class Session:
    """A running session; `began_ns` is the time of its last start."""

    machine: Machine
    id: str
    sensors: list[dict[str, Any]]
    began_ns: int = field(init=False)

    def __post_init__(self) -> None:
        lines = [
            "[session]",
            f'id = "{self.id}"',
            'site = "vm"',
            'participant = "P01"',
            'policy = "resting-adult"',
            "[console]",
            f"port = {PORT}",
        ]
        for sensor in self.sensors:
            lines += ["[[sensor]]", *(f"{key} = {json.dumps(sensor[key])}" for key in sensor)]
        self.config.write_text("\n".join(lines))
        self.start()

    @property
    def config(self) -> Path:
        return self.machine.folder / f"{self.id}.toml"

    @property
    def journal(self) -> Path:
        return self.machine.folder / "journals" / f"{self.id}.journal"

    def start(self) -> None:
        """Start the process, again after a crash."""
        self.began_ns = time.time_ns()
        self.machine.start("session", *PHYSIOMON, "run", str(self.config))
        # Loading takes longer than connecting: times are measured from the run on.
        ready = wait_for(lambda: self._newest("run", self.began_ns), 120)
        self.began_ns = ready or self.began_ns

    def stop(self, how: int = signal.SIGTERM) -> tuple[int | None, float]:
        """End the process; return its exit code and the time in seconds."""
        began_s = time.monotonic()
        return self.machine.end("session", how), time.monotonic() - began_s

    def crash(self) -> None:
        self.stop(signal.SIGKILL)
        time.sleep(2)

    def query(self, sql: str, *values: object) -> list[Any]:
        address = f"file:{self.journal}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=5)) as journal:
            return journal.execute(sql, values).fetchall()

    def _newest(self, kind: str, since_ns: int) -> int | None:
        sql = "select max(received_ns) from entries where kind=? and received_ns>=?"
        newest = self.query(sql, kind, since_ns)[0][0]
        return None if newest is None else int(newest)

    def links(self, label: str, since_ns: int | None = None) -> list[LinkEvent]:
        """Return the states of a sensor's link."""
        sql = (
            "select received_ns, payload from entries "
            "where kind='link' and source=? and received_ns>=? order by seq"
        )
        rows = self.query(sql, label, self.began_ns if since_ns is None else since_ns)
        bodies = [(at_ns, json.loads(payload)) for at_ns, payload in rows]
        return [LinkEvent(at_ns, body["state"], body["reason"]) for at_ns, body in bodies]

    def reasons(self, label: str, since_ns: int | None = None) -> list[str]:
        return [each.reason for each in self.links(label, since_ns) if each.reason]

    def packets(self, label: str, since_ns: int | None = None) -> list[int]:
        """Return the times of a sensor's packets with its vital signal."""
        sql = (
            "select received_ns, source from entries "
            "where kind='packet' and source like ? and received_ns>=? order by seq"
        )
        rows = self.query(sql, f"{label}/%", self.began_ns if since_ns is None else since_ns)
        return [at_ns for at_ns, source in rows if source.rpartition("/")[2] in _VITAL]

    def seconds_to_state(self, label: str, states: set[str], since_ns: int) -> float | None:
        """Wait for a state; return the seconds since a time, or None after a minute."""
        found = wait_for(
            lambda: next((e for e in self.links(label, since_ns) if e.state in states), None), 60
        )
        return None if found is None else round((found.at_ns - since_ns) / 1e9, 2)

    def seconds_to_value(
        self, label: str, since_ns: int | None = None, within_s: float = 90
    ) -> float | None:
        """Wait for a packet; return the seconds since a time, or None after a timeout."""
        since_ns = self.began_ns if since_ns is None else since_ns
        found = wait_for(lambda: self.packets(label, since_ns), within_s)
        return None if not found else round((found[0] - since_ns) / 1e9, 2)


def connect(
    machine: Machine,
    report: Report,
    scenario: str,
    *sensors: dict[str, Any],
    session_id: str = "session",
) -> Session:
    """Start a session; check that its sensors are connected."""
    session = Session(machine, session_id, [*sensors])
    for sensor in sensors:
        label = sensor["label"]
        value_s = session.seconds_to_value(label)
        report.add(scenario, f"{session_id}: {label} is connected", value_s is not None, value_s)
    return session


def restored(value_s: float | None, within_s: float) -> bool:
    """Return whether a value came in time."""
    return value_s is not None and value_s <= within_s
