"""Lock every dependency: its version, and the hashes of its wheels for the supported platforms.

``make lock`` runs this. uv resolves all extras and groups of pyproject.toml together, so that a
package has one version in all locks; versions that are locked already stay unless pyproject.toml
rules them out or ``--upgrade`` is given. Locks hold no download addresses, so they install from
any index or mirror. A lock builds on others with ``-r`` and lists only what it adds to them.
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

REPOSITORY = Path(__file__).parents[1]
PYTHONS = ((3, 11), (3, 12), (3, 13), (3, 14))
_GLIBC = range(36, 4, -1)  # 2.36 is Debian 12's; older ones run there too
_MACOS = (14, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A Python and a platform on which a lock installs."""

    python: tuple[int, int]
    system: str  # as sys.platform has it
    machine: str

    def __str__(self) -> str:
        """Name it as in "Python 3.11 on linux aarch64"."""
        return f"Python {'.'.join(map(str, self.python))} on {self.system} {self.machine}"

    def meets(self, marker: str | None) -> bool:
        """Return whether an environment marker holds here; None always does."""
        version = ".".join(map(str, self.python))
        return marker is None or Marker(marker).evaluate(
            {
                "python_version": version,
                "python_full_version": f"{version}.0",
                "sys_platform": self.system,
                "platform_system": {"linux": "Linux", "darwin": "Darwin"}[self.system],
                "platform_machine": self.machine,
                "os_name": "posix",
                "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
            }
        )


TARGETS = tuple(
    Target(python=python, system=system, machine=machine)
    for python in PYTHONS
    for system, machine in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
)

# What uv writes in a hundred characters more, since it must be right beyond the targets.
_SHORT_MARKERS = (
    "sys_platform == 'linux'",
    "sys_platform == 'darwin'",
    "sys_platform == 'linux' and platform_machine == 'x86_64'",
    "python_version < '3.12'",
    "python_version < '3.13'",
    "python_version < '3.14'",
)


@cache
def wheel_tags(target: Target) -> frozenset[Tag]:
    """Return the tags of all wheels that install on a target."""
    if target.system == "darwin":
        platforms = list(mac_platforms(_MACOS, target.machine))
    else:
        names = [*(f"manylinux_2_{minor}" for minor in _GLIBC), "manylinux2014", "manylinux2010"]
        platforms = [f"{name}_{target.machine}" for name in (*names, "manylinux1", "linux")]
    interpreter = f"cp{target.python[0]}{target.python[1]}"
    return frozenset(cpython_tags(target.python, platforms=platforms)) | frozenset(
        compatible_tags(target.python, interpreter, platforms)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A locked package: its files as (name of the file, SHA-256), and where it is needed."""

    name: str
    version: str
    marker: str | None
    wheels: tuple[tuple[str, str], ...]

    def targets(self) -> list[Target]:
        """Return where it is needed."""
        return [target for target in TARGETS if target.meets(self.marker)]

    def hashes(self) -> list[str]:
        """Return the hashes of the files that install where it is needed, sorted.

        Raises:
            LookupError: there is a target for which there is none.
        """
        found: set[str] = set()
        for target in self.targets():
            matching = {
                digest
                for file, digest in self.wheels
                if not wheel_tags(target).isdisjoint(parse_wheel_filename(file)[3])
            }
            if not matching:
                raise LookupError(f"{self.name} {self.version} has no wheel for {target}")
            found |= matching
        return sorted(found)

    def requirement(self) -> str:
        """Return its pin, with a marker where some targets do not need it."""
        pin = f"{self.name}=={self.version}"
        needed = self.targets()
        if needed == list(TARGETS):
            return pin
        for marker in _SHORT_MARKERS:
            if needed == [target for target in TARGETS if target.meets(marker)]:
                return f"{pin} ; {marker}"
        return f"{pin} ; {self.marker}"


def read_pylock(text: str) -> list[Package]:
    """Return the packages of a lock in the form of PEP 751 that some target needs."""

    def named(file: Mapping[str, Any]) -> tuple[str, str]:
        name = file.get("name") or str(file["url"]).rpartition("/")[2].partition("#")[0]
        return name, file["hashes"]["sha256"]

    packages = [
        Package(
            name=entry["name"],
            version=entry["version"],
            marker=entry.get("marker"),
            wheels=tuple(named(wheel) for wheel in entry.get("wheels", ())),
        )
        for entry in tomllib.loads(text)["packages"]
    ]
    return [package for package in packages if package.targets()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One file: what it locks, as uv's arguments, and the files on which it builds."""

    path: str
    arguments: tuple[str, ...]
    builds_on: tuple[str, ...] = ()


def _extra(name: str, *builds_on: str) -> Lock:
    arguments = ("pyproject.toml", "--extra", name)
    return Lock(path=f"requirements/{name}.lock", arguments=arguments, builds_on=builds_on)


def _group(name: str) -> Lock:
    return Lock(path=f"requirements/{name}.lock", arguments=("--group", f"pyproject.toml:{name}"))


RUNTIME = "requirements.lock"
EXTRAS = ("broadcasts", "oidc", "export", "import", "report", "cluster", "lsl")  # of users
LOCKS = (
    Lock(path=RUNTIME, arguments=("pyproject.toml",)),
    _group("build"),
    _group("gateway"),
    *(_extra(name, RUNTIME) for name in EXTRAS),
    _extra("dev", "requirements/build.lock", *(f"requirements/{name}.lock" for name in EXTRAS)),
    _extra("bench", RUNTIME),
    _extra("fuzz", RUNTIME),
    _group("release"),
)
_HEAD = """\
# Made by `make lock` from pyproject.toml: change that, not this.
# CPython 3.11 to 3.14 on Linux (glibc, x86_64 and aarch64) and on macOS (arm64).
"""


def render(lock: Lock, packages: Iterable[Package]) -> str:
    """Return the text of a lock as pip reads it: wheels only, each with its hash.

    Args:
        lock: its path and the locks on which it builds.
        packages: those that it adds.
    """
    packages = list(packages)
    folder = Path(lock.path).parent
    lines = [_HEAD.rstrip()]
    for other in lock.builds_on:
        up = "../" if folder != Path() and not Path(other).is_relative_to(folder) else ""
        lines.append(f"-r {up}{Path(other).name}")
    lines.append("--only-binary :all:")
    for package in packages:
        hashes = (f"    --hash=sha256:{digest}" for digest in package.hashes())
        lines.append(" \\\n".join([package.requirement(), *hashes]))
    return "\n".join(lines) + "\n"


def pins(text: str) -> list[str]:
    """Return the pins of a lock with their markers, without hashes and options."""
    return [line.removesuffix(" \\") for line in text.splitlines() if line[:1].isalnum()]


def closure(path: str, locks: Iterable[Lock] = LOCKS) -> list[str]:
    """Return the paths of all locks on which a lock builds, in any depth."""
    by_path = {lock.path: lock for lock in locks}
    direct = by_path[path].builds_on
    return list(dict.fromkeys([*direct, *(each for on in direct for each in closure(on, locks))]))


def _uv(*arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", *arguments]
    common = ["--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
    subprocess.run([*command, *common, "--quiet"], cwd=REPOSITORY, check=True)


def _resolve(upgrade: bool) -> dict[str, list[Package]]:  # noqa: FBT001 - the command line's
    locked: dict[str, list[Package]] = {}
    with tempfile.TemporaryDirectory() as folder:
        together = Path(folder) / "together.txt"
        if not upgrade:
            known = {
                pin
                for lock in LOCKS
                if (REPOSITORY / lock.path).exists()
                for pin in pins((REPOSITORY / lock.path).read_text("utf-8"))
            }
            together.write_text("\n".join(sorted(known)), "utf-8")
        groups = [part for lock in LOCKS if "--group" in lock.arguments for part in lock.arguments]
        _uv("pyproject.toml", "--all-extras", *groups, "--no-header", "-o", str(together))
        for lock in LOCKS:
            one = Path(folder) / "pylock.toml"
            one.unlink(missing_ok=True)
            _uv(*lock.arguments, "-c", str(together), "--format", "pylock.toml", "-o", str(one))
            locked[lock.path] = read_pylock(one.read_text("utf-8"))
    return locked


def main() -> None:
    """Write all locks."""
    parser = argparse.ArgumentParser(description="Lock all dependencies of pyproject.toml.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    locked = _resolve(parser.parse_args().upgrade)
    for lock in LOCKS:
        below = [each for path in closure(lock.path) for each in locked[path]]
        there = {each.name for each in below}
        added = [package for package in locked[lock.path] if package.name not in there]
        (REPOSITORY / lock.path).write_text(render(lock, added), "utf-8")
        print(f"{lock.path}: {len(added)} packages")


if __name__ == "__main__":
    main()
