"""The unit for a bare machine, read by systemd's own checker."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from monitor.sessions.host_checks import synchronised
from tests.deploy.syscall_filter import allowed
from tests.durations import PATIENCE_S
from tests.servers.forked import PHYSIOMON
from tests.system.command import Running

FOLDER = Path(__file__).parents[2] / "deploy/systemd"
UNIT = FOLDER / "physiomon.service"
MOST_EXPOSURE = 20  # tenths, of 100: systemd calls up to 40 good


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


@pytest.fixture(params=[UNIT.name, "physiomon-gateway.service", "physiomon-watch.service"])
def unit(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return a unit with an existing program, since physiomon's is not installed here."""
    physiomon = Path(sys.executable).with_name("physiomon")
    path: Path = tmp_path / request.param
    text = (
        (FOLDER / path.name)
        .read_text()
        .replace("/opt/physiomon/bin/physiomon", os.fspath(physiomon))
    )
    path.write_text(text)
    return path


def test_unit_passes_systemd_verification(unit: Path) -> None:
    done = analyze("verify", unit)
    complaints = [line for line in done.stderr.splitlines() if "physiomon" in line]
    assert not complaints
    unit.write_text(unit.read_text() + "ProtectEverything=yes\n")
    assert "ProtectEverything" in analyze("verify", unit).stderr, "a mistake would be found"


def test_unit_is_sandboxed(unit: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE}", unit)
    assert done.returncode == 0, done.stdout[-300:]


def test_unit_always_restarts() -> None:
    text = UNIT.read_text()
    for line in ("Restart=always", "StartLimitIntervalSec=0", "User=physiomon", "PrivateTmp=yes"):
        assert f"{line}\n" in text
    assert "ReadWritePaths=/var/lib/physiomon\n" in text


# Counted by `strace -f -c physiomon run` on x86_64: a session with a strap and a browser.
CALLS = """
accept4 access arch_prctl bind brk clock_adjtime clone3 close close_range connect dup2
epoll_create1 epoll_ctl epoll_wait execve fcntl fdatasync flock fstat fsync ftruncate futex getcwd
getdents64 geteuid getpeername getpid getrandom getsockname getsockopt gettid ioctl link listen
lseek madvise mbind mkdir mmap mprotect mremap munmap newfstatat openat pipe2 pread64 prlimit64
pwrite64 read readlink recvfrom rseq rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity
sendto set_robust_list set_tid_address setsockopt socket socketpair statfs statx sysinfo uname
unlink utimensat vfork wait4 write
"""
SESSION = """
[session]
site = "site"
participant = "P00"
policy = "mdma-session"
[[sensor]]
label = "strap"
kind = "heart-rate-strap"
[journal]
directory = "."
[console]
port = 0
"""


def filtered(*command: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Start a program under the unit's system call filter."""
    analyze("--version")
    root = os.fspath(UNIT.parents[2])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.syscall_filter", UNIT, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": root},
    )


def test_system_call_filter_allows_the_calls_of_the_service() -> None:
    analyze("--version")
    assert set(CALLS.split()) <= allowed(UNIT.read_text())


@pytest.mark.extended
def test_session_runs_under_the_system_call_filter(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing wrong with a filter that kills the service."""
    (tmp_path / "session.toml").write_text(SESSION)
    service = filtered(PHYSIOMON, "run", "session.toml", cwd=tmp_path)
    try:
        url = Running(service).wait_for_url()
        assert httpx.get(f"{url}healthz").json()["ok"] is True
        service.send_signal(signal.SIGTERM)
        printed, said = service.communicate(timeout=PATIENCE_S)
    finally:
        service.kill()
        service.communicate()
    assert service.returncode == 0, said
    assert "journal check" in printed


def test_system_call_filter_is_in_force() -> None:
    """Any process may lower its own priority, except under this filter."""
    _, said = filtered(sys.executable, "-c", "import os; os.nice(1)").communicate(
        timeout=PATIENCE_S
    )
    assert "PermissionError" in said


def test_service_can_read_clock_synchronisation() -> None:
    asked = "from monitor.sessions.host_checks import synchronised; print(synchronised())"
    printed, _ = filtered(sys.executable, "-c", asked).communicate(timeout=PATIENCE_S)
    assert printed == f"{synchronised()}\n"


def test_service_cannot_set_the_clock() -> None:
    """clock_adjtime both reads and sets it; setting it needs a capability."""
    lines = UNIT.read_text().splitlines()
    assert {"CapabilityBoundingSet=", "AmbientCapabilities=", "NoNewPrivileges=yes"} <= set(lines)
    assert not {"clock_settime", "settimeofday"} & allowed(UNIT.read_text())
