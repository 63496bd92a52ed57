"""``python -m tests.platforms``, as root: the facts of two recordings on other platforms.

They must be those of this machine, byte for byte, with the Python of each Debian on 64-bit ARM, and
with the newest one on x86-64. Debian's packages are unpacked, not installed, and run under qemu or
by their own loader; the packages of Python are those of requirements/gateway.lock. All downloads
stay in the cache of the user.
"""

import json
import logging
import os
import platform
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import structlog

from devices.sensor_kinds import KINDS
from devices.virtual.peripherals.catalog import supported_kinds
from tests.servers.debian_packages import install_missing
from tests.servers.forked import PHYSIOMON
from tests.virtual.test_soak import soak
from tests.virtual.virtual_room import in_virtual_time

REPOSITORY = Path(__file__).parents[2]
PYTHONS = {"bookworm": "3.11", "trixie": "3.13", "forky": "3.14"}  # Debian 12, 13 and the next
_MACHINES = {"arm64": "aarch64", "amd64": "x86_64"}
_PLATFORMS = [*((suite, "arm64") for suite in PYTHONS), ("forky", "amd64")]
_PROGRAMS = {"debootstrap": "debootstrap", "qemu-aarch64-static": "qemu-user-static"}
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "physiomon-platforms"
_SCRIPT = "/usr/share/debootstrap/scripts/sid"  # also of suites that are newer than debootstrap
_WITHIN_S = 1_200.0  # of one command


def main() -> int:
    """Print the digest of each Python; return 1 if one differs from this one."""
    if os.geteuid() != 0:
        print("platforms: run it as root, it unpacks Debian", file=sys.stderr)
        return 1
    install_missing(_PROGRAMS)
    with TemporaryDirectory(prefix="platforms-") as folder:
        journals = [*_record(Path(folder))]
        here = _facts([sys.executable], {}, journals)
        _print("here", here)
        same = True
        for suite, machine in _PLATFORMS:
            if machine == "amd64" and platform.machine() != "x86_64":
                continue  # emulated, it would not show what the processor computes
            found = _there(suite, machine, journals)
            _print(suite, found)
            same = same and found["digests"] == here["digests"]
    return int(not same)


def _record(folder: Path) -> Iterator[Path]:
    """Record half an hour of the demo, and every kind of sensor with all its faults."""
    options = ("--headless", "--minutes", "30", "--speed", "100000")
    _run([PHYSIOMON, "demo", *options, "--journal-dir", str(folder)])
    yield from folder.glob("*.journal")
    kinds = [kind for kind in supported_kinds() if not KINDS[kind].broadcasts]  # parsers: an extra
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with mock.patch("tests.virtual.test_soak.supported_kinds", return_value=kinds):
        in_virtual_time(soak(folder / "kinds.journal", random.Random(1)))
    yield folder / "kinds.journal"


def _there(suite: str, machine: str, journals: list[Path]) -> dict[str, Any]:
    root, packages = _CACHE / f"{suite}-{machine}", _CACHE / f"{suite}-{machine}-packages"
    if not packages.exists():
        shutil.rmtree(root, ignore_errors=True)
        _unpack(suite, machine, root)
        _install(PYTHONS[suite], _MACHINES[machine], packages)
    if machine == "amd64":
        loader, libraries = root / "usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu"
        command = [str(loader), "--library-path", str(root / libraries)]
    else:
        command = [f"qemu-{_MACHINES[machine]}-static", "-L", str(root)]
    command.append(str(root / f"usr/bin/python{PYTHONS[suite]}"))
    home = {"PYTHONHOME": str(root / "usr"), "PYTHONPATH": f"{packages}:{REPOSITORY}"}
    return _facts(command, home, journals)


def _unpack(suite: str, machine: str, root: Path) -> None:
    """Unpack a Debian with its Python; nothing of it is run."""
    sites = _run(["apt-get", "indextargets", "--format", "$(SITE)"]).split()
    options = ("--foreign", f"--arch={machine}", "--variant=minbase", "--include=python3")
    _run(["debootstrap", *options, suite, str(root), sites[0], _SCRIPT])
    for package in (root / "var/cache/apt/archives").glob("*.deb"):
        _run(["dpkg-deb", "--extract", str(package), str(root)])


def _install(python: str, machine: str, packages: Path) -> None:
    """Install the wheels of the lock for another processor."""
    new = packages.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    wheels = [f"manylinux{version}_{machine}" for version in ("2014", "_2_17", "_2_28", "_2_31")]
    _run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"),
            *(word for each in wheels for word in ("--platform", each)),
            *("--implementation", "cp", "--python-version", python, "--target", str(new)),
            *("-r", str(REPOSITORY / "requirements/gateway.lock")),
        ]
    )
    new.rename(packages)


def _facts(python: list[str], environment: dict[str, str], journals: list[Path]) -> dict[str, Any]:
    command = [*python, "-m", "tests.platforms.facts", *map(str, journals)]
    found: dict[str, Any] = json.loads(_run(command, **environment))
    return found


def _run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        timeout=_WITHIN_S,
        check=True,
    )
    return done.stdout


def _print(where: str, found: dict[str, Any]) -> None:
    digests = " ".join(each.partition(" ")[2][:16] for each in found["digests"])
    print(f"{where:10} Python {found['python']:8} {found['machine']:8} {digests}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
