"""Ask for known vulnerabilities of everything that the locks list.

``make audit`` runs this. The status is 1 if there are any, and 2 if the advisories of packages
could not be read: a mirror of the package index has none, and pip-audit only skips what it does
not find.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
_ANSWER_WITHIN_S = "15"


def main(program: Sequence[str] = (sys.executable, "-m", "pip_audit")) -> int:
    """Audit all locks with a program; print what is found."""
    found: list[str] = []
    unaudited: set[str] = set()
    audited: set[str] = set()
    for lock in sorted([REPOSITORY / "requirements.lock", *REPOSITORY.glob("requirements/*.lock")]):
        report = _report(program, lock)
        if report is None:
            sys.stderr.write("not audited: the service with the advisories cannot be reached\n")
            return 2
        for each in report:
            name = f"{each['name']} {each.get('version', '')}".strip()
            (unaudited if "skip_reason" in each else audited).add(name)
            found += [f"{lock.name}: {name}: {_words(one)}" for one in each.get("vulns", ())]
    sys.stdout.writelines(f"{line}\n" for line in dict.fromkeys(found))
    if unaudited:
        sys.stderr.write(
            f"not audited: the service has no advisories of {len(unaudited)} packages, such as "
            f"{min(unaudited)}; run this where pypi.org itself is reached\n"
        )
    elif not found:
        sys.stdout.write(f"no known vulnerability in {len(audited)} packages\n")
    return 1 if found else 2 if unaudited else 0


def _report(program: Sequence[str], lock: Path) -> list[dict[str, Any]] | None:
    """Return what was found about each package of a lock; None if nobody answered."""
    options = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json")
    done = subprocess.run(
        [*program, "-r", str(lock), *options, "--timeout", _ANSWER_WITHIN_S],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        sys.stderr.write(done.stderr)
        return None
    return list(report["dependencies"])


def _words(vulnerability: dict[str, Any]) -> str:
    fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
    return f"{vulnerability['id']}, fixed in {fixed}"


if __name__ == "__main__":
    sys.exit(main())
