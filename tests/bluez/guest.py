"""Runs scenarios inside the virtual machine: `python -m tests.bluez.guest NAME ...`."""

import os
import sys
import traceback
from pathlib import Path

from tests.bluez.machine import Machine
from tests.bluez.report import Report, say
from tests.bluez.scenarios import SCENARIOS

_OUT = Path("/out")


def main(names: list[str]) -> None:
    """Run scenarios; write their results and the logs of each to /out."""
    report = Report(_OUT / "results.json")
    say(f"kernel {os.uname().release}")
    for name in names:
        folder = _OUT / name
        folder.mkdir(exist_ok=True)
        machine = Machine(folder)
        say(f"===== {name}: {SCENARIOS[name].__doc__}")
        try:
            SCENARIOS[name](machine, report)
        except Exception:  # noqa: BLE001 - the other scenarios still have to run
            report.add(name, "the scenario itself", False, traceback.format_exc())
        finally:
            machine.end_all()
    (_OUT / "done").touch()


if __name__ == "__main__":
    main(sys.argv[1:])
