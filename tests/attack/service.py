"""A real service under attack: accounts, tokens, a virtual strap, and a recipient of calls."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from dashboards.access.roles import Role
from monitor.storage.journal import Journal
from monitor.storage.journal_file import copy_journal
from tests.access.console_with_accounts import PASSWORDS, log_in
from tests.api.served_session import secret_of, write_tokens
from tests.durations import PATIENCE_S
from tests.servers.forked import PHYSIOMON
from tests.servers.process import wait_until
from tests.servers.sinks import Webhook
from tests.virtual.test_processes import sensor, shared_radio

SESSION = "S"
_LATENCY = "physiomon_event_loop_latency_seconds_bucket"

_POLICY = """
name = "attack"
version = "1"

[[rule]]
id = "hr-high"
signal = "heart_rate"
above = 30
sustain = "{sustain}"
priority = "high"
message = "Heart rate very high"
source = "attack"
"""

_CONFIG = """
[session]
id = "S"
site = "here"
participant = "P07"
policy = "policy.toml"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
name = "strap"

[radio]
virtual = "{radio}"

[console]
port = {port}
accounts = "accounts.toml"
{console}

[[recipient]]
id = "anna"
name = "Anna Meier"
channels = [{{ url_file = "hook.url" }}]

[[tier]]
recipients = ["anna"]
accept_within = "1min"
"""


@dataclass
class Service:
    """A running service.

    Attributes:
        folder: of its configuration and journals.
        hook: receives its calls.
        port: of its console.
        descriptors: number that it may open.
    """

    folder: Path
    hook: Webhook
    port: int
    descriptors: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def journal(self) -> Path:
        return self.folder / "journals" / f"{SESSION}.journal"

    @property
    def accounts(self) -> Path:
        return self.folder / "accounts.toml"

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def memory_mb(self) -> float:
        """Return its resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def client(self, role: Role | None = None, address: str | None = None) -> httpx.AsyncClient:
        """Return a client of an address, with the token of a role if one is given."""
        headers = {} if role is None else {"Authorization": f"Bearer {secret_of(role)}"}
        return httpx.AsyncClient(
            base_url=self.url,
            headers=headers,
            timeout=PATIENCE_S,
            transport=httpx.AsyncHTTPTransport(
                limits=httpx.Limits(max_connections=None), local_address=address
            ),
        )

    async def login(self, client: httpx.AsyncClient, role: Role) -> httpx.Response:
        return await log_in(client, role.value, PASSWORDS[role])

    async def latency(self) -> dict[float, float]:
        """Return the number of event loop delays up to each limit in seconds."""
        async with self.client(Role.METRICS) as client:
            text = (await client.get("metrics")).text
        return {
            float(sample.labels["le"]): sample.value
            for family in text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
            for sample in family.samples
            if sample.name == _LATENCY
        }

    def copied_journal(self) -> Path:
        """Return a copy of the journal."""
        copy = self.folder / "copy.journal"
        copy.unlink(missing_ok=True)
        copy_journal(self.journal, copy)
        return copy

    def facts(self, kind: str) -> list[str]:
        """Return the payload of the facts of a kind."""
        with Journal.read(self.journal) as journal:
            return [fact.payload for fact in journal.facts_of_kind(kind)]

    def entries(self, kind: str) -> list[tuple[str, str]]:
        """Return source and payload of the entries of a kind."""
        with Journal.read(self.journal) as journal:
            return [
                (entry.source, entry.payload.decode(errors="replace"))
                for entry in journal.entries()
                if entry.kind == kind
            ]


@contextmanager
def service(
    folder: Path,
    *,
    descriptors: int = 1024,
    sustain: str = "8s",
    console: str = "",
    more: str = "",
) -> Iterator[Service]:
    """Run a service whose heart-rate alarm calls soon after it has started.

    Args:
        folder: to be made.
        descriptors: number that it may open.
        sustain: of the alarm.
        console: lines of the section of its console.
        more: sections of its configuration.
    """
    hook = Webhook()
    hook.start()
    folder.mkdir()
    (folder / "policy.toml").write_text(_POLICY.format(sustain=sustain))
    (folder / "hook.url").write_text(hook.url)
    (folder / "hook.url").chmod(0o600)
    write_tokens(folder / "accounts.toml")
    with ExitStack() as stack:
        stack.callback(hook.stop)
        radio = stack.enter_context(shared_radio())
        stack.enter_context(sensor("heart-rate-strap", "--shared-radio", radio, "--name", "strap"))
        config = _CONFIG.format(radio=radio, port=0, console=console)
        (folder / "session.toml").write_text(config + more)
        started = stack.enter_context(_started(folder, descriptors))
        yield Service(folder, hook, _port(started), descriptors, started)


@contextmanager
def restarted(running: Service) -> Iterator[Service]:
    """Stop a service, and run it again on the same files."""
    running.process.terminate()
    running.process.wait(PATIENCE_S)
    with _started(running.folder, running.descriptors) as started:
        yield Service(running.folder, running.hook, _port(started), running.descriptors, started)


@contextmanager
def _started(folder: Path, descriptors: int) -> Iterator[subprocess.Popen[str]]:
    command = f'ulimit -n {descriptors}; exec "$0" run session.toml'
    with (
        (folder / "log").open("a") as log,
        subprocess.Popen(
            ["/bin/sh", "-c", command, PHYSIOMON],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"console: http://127\.0\.0\.1:(\d+)/", line):
            return int(found[1])
    raise AssertionError("the service ended without a console")


def until_measured(running: Service) -> None:
    """Wait until the journal has heart rates."""

    def measured() -> bool:
        with Journal.read(running.journal) as journal:
            return any(True for _ in journal.facts_of_kind("reading"))

    wait_until(measured, "a heart rate")
