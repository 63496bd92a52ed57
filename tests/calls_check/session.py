"""A session of `physiomon run` in the clinic, and the calls in its journal."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.errors import JournalError
from monitor.storage.journal import Journal
from tests.calls_check.network import in_clinic

RADIO = 7300
HIGH, MEDIUM, REST = 140, 105, 70  # heart rates: violating both rules, one, none
PHYSIOMON = str(Path(sys.executable).with_name("physiomon"))

_POLICY = """
name = "calls-check"
version = "1"
reviewed_by = ""

[[rule]]
id = "hr-high"
signal = "heart_rate"
above = 130
priority = "high"
latch = true
message = "Heart rate very high"
source = "check of calls"

[[rule]]
id = "hr-medium"
signal = "heart_rate"
above = 95
priority = "medium"
message = "Heart rate high"
source = "check of calls"

[[rule]]
id = "calls"
fault = "call-failure"
priority = "medium"
message = "Somebody on duty cannot be reached"
source = "check of calls"

[[rule]]
id = "not-accepted"
fault = "not-accepted"
priority = "high"
message = "Nobody has accepted an alarm"
source = "check of calls"
"""

_SESSION = """
[session]
id = "{name}"
site = "clinic"
room = "2"
participant = "P07"
policy = "policy.toml"
zone = "Europe/Zurich"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
name = "{name}"

[radio]
virtual = "127.0.0.1:{radio}"

[console]
port = 0

[calls]
ca_file = "../ca.pem"
"""


@dataclass(frozen=True)
class Step:
    """A step of a call, from the journal."""

    at_ns: int
    recipient: str
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.body["step"])

    @property
    def call(self) -> int:
        return int(self.body["call"])


@dataclass(frozen=True)
class History:
    """Alarms and calls of a journal.

    Attributes:
        raised: time at which each rule's alarm was raised first.
        steps: of all calls.
    """

    raised: Mapping[str, int]
    steps: Sequence[Step]

    def of(self, recipient: str, *names: str) -> list[Step]:
        """Return the steps of calls to a recipient that have one of some names."""
        return [each for each in self.steps if each.recipient == recipient and each.name in names]

    def outcome(self, call: int) -> Step | None:
        """Return the first outcome of a call."""
        ends = (each for each in self.steps if each.call == call)
        return next((each for each in ends if each.name in ("delivered", "failed")), None)


class Session:
    """A session with one strap.

    Args:
        folder: for its files; its name is that of session and strap.
        urls: of the channel of each recipient; those in clear text are allowed to be.
        tiers: recipients and times of acceptance.
    """

    def __init__(
        self, folder: Path, urls: Mapping[str, str], tiers: Sequence[tuple[Sequence[str], str]]
    ) -> None:
        self.name = folder.name
        self._folder = folder
        folder.mkdir()
        (folder / "policy.toml").write_text(_POLICY)
        self.config = folder / "session.toml"
        parts = [_SESSION.format(name=self.name, radio=RADIO)]
        for name, url in urls.items():
            secret = folder / f"{name}.url"
            secret.touch(0o600)
            secret.write_text(url)
            parts.append(
                f'[[recipient]]\nid = "{name}"\nname = "{name.title()}"\n'
                f'channels = [{{ url_file = "{name}.url", plain_text = true }}]\n'
            )
        parts += [
            f'[[tier]]\nrecipients = {json.dumps(list(names))}\naccept_within = "{within}"\n'
            for names, within in tiers
        ]
        self.config.write_text("\n".join(parts))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _journal(self) -> Path:
        return self._folder / "journals" / f"{self.name}.journal"

    def start(self) -> None:
        with (self._folder / "run.log").open("wb") as log:
            command = in_clinic(PHYSIOMON, "run", str(self.config))
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def measures(self) -> bool:
        """Return whether the journal has a heart rate."""
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "run.log").read_text()[-2000:]
        try:
            with Journal.read(self._journal) as journal:
                return any(True for _ in journal.facts_of_kind("reading"))
        except JournalError:  # it is just being created
            return False

    def stop(self) -> None:
        """End the process as Ctrl-C does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)

    def history(self) -> History:
        """Wait until the process has ended; return the calls in its journal."""
        assert self._process is not None
        self._process.wait()
        raised: dict[str, int] = {}
        steps = []
        with Journal.read(self._journal) as journal:
            for row in journal.facts():
                body = json.loads(row.payload) if row.kind in ("alarm", "call") else {}
                if row.kind == "call":
                    steps.append(Step(row.at_ns, row.subject, body))
                elif row.kind == "alarm" and body["step"] == "raised":
                    raised.setdefault(body["rule"], row.at_ns)
        return History(raised, steps)

    def call_test(self) -> subprocess.Popen[str]:
        """Start `physiomon call-test` with the configuration of the session."""
        command = in_clinic(PHYSIOMON, "call-test", str(self.config), "--json")
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
