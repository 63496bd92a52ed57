"""``python -m tests.deploy_check``, as root: the image, the container and the systemd units.

The base image is made from Debian's packages, so no registry of images is needed. The table has
what was measured; the status is 1 if a check fails. The first run takes about ten minutes, later
ones three.
"""

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.deploy_check.container import Container
from tests.deploy_check.engine import IMAGE, Engine, build, engine
from tests.deploy_check.systemd import Check, Systemd
from tests.servers.debian_packages import install_missing

_PROGRAMS = {"curl": "curl", "debootstrap": "debootstrap", "dockerd": "docker.io"}


def _checks(made: Engine, folder: Path) -> Iterator[Check]:
    for suite in ("bookworm", "trixie"):
        yield f"{suite}: the image is built", partial(_build, made, suite)
        if suite == "bookworm":
            yield from Container(made, folder).checks()
        yield from Systemd(made).checks()


def _build(made: Engine, suite: str) -> str:
    build(made, suite)
    return made.run("run", "--rm", "--entrypoint", "/opt/physiomon/bin/python", IMAGE, "--version")


def main() -> int:
    """Run the checks; return the status."""
    if os.geteuid() != 0:
        print("deploy-check: run it as root, it starts a container engine", file=sys.stderr)
        return 1
    install_missing(_PROGRAMS)
    failed = 0
    with TemporaryDirectory(prefix="deploy-check-") as folder, engine() as made:
        for name, check in _checks(made, Path(folder)):
            try:
                result, found = "ok", check()
            except AssertionError as error:
                result, found = "FAIL", " ".join(str(error).split())[-600:]
                failed += 1
            print(f"{result:4}  {name:58} {found}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
