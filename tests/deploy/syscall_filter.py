"""Run a program under the system call filter of a unit, without systemd as process 1.

    python -m tests.deploy.syscall_filter UNIT PROGRAM [ARGUMENT ...]

`systemd-analyze` expands the groups, and libseccomp, which systemd uses as well, loads the filter.
Covers `SystemCallFilter=`, `SystemCallErrorNumber=` and `ProtectClock=`.
"""

import ctypes
import errno
import os
import re
import subprocess
import sys
from pathlib import Path

# Source: seccomp.h of libseccomp.
ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
ERRNO = 0x00050000
_UNKNOWN_NAME = -1


def settings(unit: str, name: str) -> list[str]:
    """Return the values of a setting, in the order of their lines."""
    return re.findall(rf"^{name}=(.*)$", unit, re.MULTILINE)


def members(name: str) -> set[str]:
    """Return the system calls of a group such as ``@clock``, or the one system call itself."""
    if not name.startswith("@"):
        return {name}
    printed = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True
    ).stdout
    words = [word for line in printed.splitlines()[1:] for word in line.partition("#")[0].split()]
    return set().union(*map(members, words))


def allowed(unit: str) -> set[str]:
    """Return the system calls that `SystemCallFilter=` allows: later lines add and remove."""
    found = members("@default")
    for line in settings(unit, "SystemCallFilter"):
        listed = set().union(*map(members, line.removeprefix("~").split()))
        found = found - listed if line.startswith("~") else found | listed
    return found


def load(default: int, names: set[str], action: int) -> None:
    """Load a filter into this process: `action` for the named calls, `default` for others."""
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(default)))
    for name in sorted(names):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number != _UNKNOWN_NAME:
            seccomp.seccomp_rule_add(context, ctypes.c_uint32(action), number, 0)
    if failure := seccomp.seccomp_load(context):
        raise OSError(-failure, os.strerror(-failure))


def main(unit_file: str, *command: str) -> None:
    """Load the unit's filters and become the program."""
    unit = Path(unit_file).read_text()
    refusals = settings(unit, "SystemCallErrorNumber")
    refusal = ERRNO | getattr(errno, refusals[-1]) if refusals else _KILL_PROCESS
    names, clock = allowed(unit), members("@clock")
    if settings(unit, "ProtectClock") == ["yes"]:
        load(ALLOW, clock, ERRNO | errno.EPERM)
    load(refusal, names, ALLOW)
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
