"""Debian's packages of the servers: installed if missing, never started as services."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_POLICY = Path("/usr/sbin/policy-rc.d")  # asked by Debian before a service is started


def install_missing(needed: Mapping[str, str]) -> None:
    """Install missing packages, without running services or services that start with the computer.

    Args:
        needed: package of each program.
    """
    missing = [package for name, package in needed.items() if not shutil.which(name, path=_PATH)]
    if not missing:
        return
    mine = not _POLICY.exists()
    if mine:
        _POLICY.write_text("#!/bin/sh\nexit 101\n")
        _POLICY.chmod(0o755)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
        ):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    finally:
        if mine:
            _POLICY.unlink()
    if shutil.which("systemctl"):
        for package in missing:
            service = package.removesuffix("-core")
            subprocess.run(["systemctl", "disable", "--quiet", service], check=False)
