"""``python -m tests.deploy_check``, as root: the image, the container and both systemd units.

The base image is made from Debian's packages, so no registry of images is needed. The table has
what was measured; the status is 1 if a check fails. The first run takes about ten minutes, later
ones three.
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.deploy_check.container import Container
from tests.deploy_check.engine import engine
from tests.deploy_check.systemd import Systemd
from tests.servers.debian_packages import install_missing

_PROGRAMS = {"curl": "curl", "debootstrap": "debootstrap", "dockerd": "docker.io"}


def main() -> int:
    """Run the checks; return the status."""
    if os.geteuid() != 0:
        print("deploy-check: run it as root, it starts a container engine", file=sys.stderr)
        return 1
    install_missing(_PROGRAMS)
    failed = 0
    with TemporaryDirectory(prefix="deploy-check-") as folder, engine() as made:
        for name, check in [*Container(made, Path(folder)).checks(), *Systemd(made).checks()]:
            try:
                result, found = "ok", check()
            except AssertionError as error:
                result, found = "FAIL", " ".join(str(error).split())[-600:]
                failed += 1
            print(f"{result:4}  {name:58} {found}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
