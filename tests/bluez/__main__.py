"""Run scenarios on the real BlueZ: `python -m tests.bluez [NAME ...]`; `make bluez` runs all.

The machine skips all waiting, so its hours take minutes; REAL_TIME=1 lets it wait. MINUTES is the
length of `long`. Results and logs are in the folder that is printed first.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bluez.report import Result
from tests.bluez.scenarios import SCENARIOS

_HERE = Path(__file__).parent
_CHECKOUT = _HERE.parents[1]
_CACHES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
_CACHE = (_CACHES / "physiomon-bluez").resolve()  # the machine's root must not be a link
_MEMORY = "2500M"


def main(names: list[str]) -> None:
    """Build the machine if necessary, run it, and exit with 1 if a check failed."""
    unknown = {*names} - {*SCENARIOS}
    if unknown:
        sys.exit(f"unknown scenarios {sorted(unknown)}; there are: {', '.join(SCENARIOS)}")
    if not (_CACHE / "linux").exists() or not (_CACHE / "root/usr").is_dir():
        sys.stdout.write(f"The machine is built in {_CACHE}: this takes about 15 minutes.\n")
        subprocess.run([_HERE / "prepare.sh", _CACHE], check=True)
    out = Path(tempfile.mkdtemp(prefix="physiomon-bluez-"))
    sys.stdout.write(f"{out}\n")
    sys.stdout.flush()
    _run(out, names or [each for each in SCENARIOS if each != "long"])
    path = out / "results.json"
    results = [Result(**each) for each in json.loads(path.read_text())] if path.exists() else []
    failed = [each for each in results if each.ok is False]
    for each in failed:
        sys.stdout.write(f"FAIL {each.scenario}: {each.check}\n     {each.found[:600]}\n")
    sys.stdout.write(f"{len(results)} checks, {len(failed)} failed; {out}\n")
    if not (out / "done").exists():
        sys.exit("the machine did not run to its end")
    sys.exit(bool(failed))


def _run(out: Path, names: list[str]) -> None:
    root = _CACHE / "root"
    shutil.copy(_HERE / "init.sh", root / "vm/init")
    shares = [_CHECKOUT, Path(sys.prefix)]
    if sys.base_prefix != "/usr":  # else the machine's own Python, which has to be the same
        shares.append(Path(sys.base_prefix))
    for share in shares:
        (root / share.relative_to("/")).mkdir(parents=True, exist_ok=True)
    settings = {
        "mem": _MEMORY,
        "root": "/dev/root",
        "rootfstype": "hostfs",
        "rootflags": root,
        "init": "/vm/init",
        "con": "null",
        "con0": "fd:0,fd:1",
        "loglevel": 3,
        "uml_dir": out,
        "out": out,
        "checkout": _CHECKOUT,
        "python": Path(sys.prefix) / "bin/python",
        "scenarios": ",".join(names),
        "MINUTES": os.environ.get("MINUTES", ""),
    }
    if not os.environ.get("REAL_TIME"):
        settings["time-travel"] = "inf-cpu"
    subprocess.run(
        [
            _CACHE / "linux",
            "rw",
            "quiet",
            *(f"{key}={value}" for key, value in settings.items()),
            *(f"share={share}" for share in shares),
        ],
        stdin=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": "/dev/shm"},  # noqa: S108 - the memory of the machine
        check=False,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
