"""Run physiomon as if only requirements/gateway.lock were installed.

    python -m tests.gateway.lean_process ARGUMENT ...

Modules of all other packages cannot be imported.
"""

import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType
from typing import ClassVar

LOCK = Path(__file__).parents[2] / "requirements/gateway.lock"


def missing() -> set[str]:
    """Return the names of the modules that belong to other packages."""
    installed = {"physiomon", *re.findall(r"^([a-z0-9-]+)==", LOCK.read_text(), re.MULTILINE)}
    return {
        module
        for module, packages in packages_distributions().items()
        if not installed & {re.sub(r"[-_.]+", "-", name).lower() for name in packages}
    }


class Finder(PathFinder):
    """The finder of modules in folders, which finds those of other packages nowhere."""

    without: ClassVar[set[str]] = set()

    @classmethod
    def find_spec(
        cls,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in cls.without:
            return None
        return super().find_spec(fullname, path, target)


def main() -> None:
    Finder.without = missing()
    for each in Finder.without & set(sys.modules):  # loaded by a .pth file, before this
        del sys.modules[each]
    sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
    from monitor.cli import main  # noqa: PLC0415 - with what is there now

    main()


if __name__ == "__main__":
    main()
