"""A container engine with separate data, and the images that the check needs."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers.process import Server, wait_until

REPOSITORY = Path(__file__).parents[2]
BASE = "python:3.11.14-slim-bookworm"  # what deploy/Dockerfile begins with
IMAGE = "physiomon:check"
LATER = "99.0"  # the same program with a later number
LATER_IMAGE = "physiomon:check-later"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "physiomon-deploy"
_AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"
_PACKAGES = (
    "bluez,ca-certificates,curl,dbus,libpam-systemd,procps,python3,python3-pip,python3-venv,systemd,"
    "systemd-sysv,util-linux"
)


class Engine:
    """The client of an engine."""

    def __init__(self, socket: Path) -> None:
        self._environment = {
            **os.environ,
            "DOCKER_HOST": f"unix://{socket}",
            "DOCKER_BUILDKIT": "0",
        }

    def run(self, *arguments: str | Path, stdin: str = "", check: bool = True) -> str:
        """Run `docker`; return its output.

        Raises:
            AssertionError: it failed, and `check` is set.
        """
        done = subprocess.run(
            ["docker", *arguments],
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = (done.stdout + done.stderr).strip()
        assert done.returncode == 0 or not check, f"docker {arguments[0]}: {printed[-2000:]}"
        return printed

    def inside(self, container: str, script: str, *, check: bool = True) -> str:
        """Run a shell script in a container; return its output."""
        return self.run("exec", "-i", container, "sh", "-e", stdin=script, check=check)


@contextmanager
def engine() -> Iterator[Engine]:
    """Yield an engine; stop it afterwards.

    Layers stay in the cache of the user.
    """
    _CACHE.mkdir(parents=True, exist_ok=True)
    run = Path("/run/physiomon-deploy-check")
    run.mkdir(exist_ok=True)
    socket = run / "docker.sock"
    daemon = Server(
        [
            *("dockerd", "--data-root", str(_CACHE / "docker"), "--exec-root", str(run / "exec")),
            *("--pidfile", str(run / "pid"), "-H", f"unix://{socket}"),
        ],
        _CACHE / "dockerd.log",
    )
    daemon.start()
    made = Engine(socket)
    try:
        wait_until(lambda: "Server Version" in made.run("info", check=False), "the engine")
        for left in made.run("ps", "-aq").split():
            made.run("rm", "--force", left)
        yield made
    finally:
        for left in made.run("ps", "-aq", check=False).split():
            made.run("rm", "--force", left, check=False)
        daemon.stop()
        shutil.rmtree(run, ignore_errors=True)


def build(made: Engine, suite: str) -> None:
    """Build the image of physiomon on a release of Debian, with that release's Python."""
    base = f"physiomon-base:{suite}"
    if not made.run("images", "-q", base):
        _import_base(made, suite, base)
    made.run("tag", base, BASE)
    made.run("build", "-t", IMAGE, "-f", REPOSITORY / "deploy/Dockerfile", REPOSITORY)


def build_later(made: Engine) -> None:
    """Build the image of a version with a later number on the same base."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        sent = (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines()
        for each in ("deploy/Dockerfile", *(line[1:] for line in sent if line.startswith("!"))):
            target = folder / each
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (REPOSITORY / each).is_dir() else shutil.copy
            copy(REPOSITORY / each, target)
        project = (REPOSITORY / "pyproject.toml").read_text()
        later = re.sub(
            r'^version = "[^"]+"', f'version = "{LATER}"', project, count=1, flags=re.MULTILINE
        )
        (folder / "pyproject.toml").write_text(later)
        made.run("build", "-t", LATER_IMAGE, "-f", folder / "deploy/Dockerfile", folder)


def _import_base(made: Engine, suite: str, base: str) -> None:
    """Make a base from Debian's packages: no registry of images is needed."""
    root = _CACHE / "rootfs"
    shutil.rmtree(root, ignore_errors=True)
    site = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()[0]
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", suite, root, site],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    shutil.copy(Path("/", _AUTHORITIES), root / _AUTHORITIES)  # a proxy may use a private one
    archive = _CACHE / "rootfs.tar"
    subprocess.run(["tar", "-C", root, "-cf", archive, "."], check=True)
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    changes = (f"ENV PIP_CERT=/{_AUTHORITIES}", f"ENV PATH={path}")
    made.run("import", *(word for each in changes for word in ("--change", each)), archive, base)
    archive.unlink()
    shutil.rmtree(root)
