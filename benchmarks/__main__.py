"""`make bench`: all benchmarks, or the given ones, compared with their recorded results.

To add one, write a module with a function ``run() -> list[Result]`` and name it in `BENCHMARKS`.
``python -m benchmarks --record NAME`` writes results.json and the table of docs/benchmarks.md.
"""

import argparse
import os
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module

from rich.console import Console
from rich.table import Table

from benchmarks.results import Result, amount, goal, record, recorded
from monitor.logs import start_logs

BENCHMARKS = (
    "backfill",
    "charts",
    "console",
    "engine",
    "exports",
    "journal",
    "latency",
    "lines",
    "outboxes",
    "pages",
    "replay",
    "sensors",
    "settings",
    "windows",
)


def main() -> None:
    """Run benchmarks; print or record their results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"Benchmark: {', '.join(BENCHMARKS)}."
    )
    parser.add_argument(
        "--record", action="store_true", help="Write results.json and docs/benchmarks.md."
    )
    parser.add_argument(
        "--page", action="store_true", help="Write docs/benchmarks.md of results.json; run nothing."
    )
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark '{unknown[0]}'; there are {', '.join(BENCHMARKS)}")
    if given.page:
        record({})
        return
    start_logs()
    found: dict[str, list[Result]] = {}
    for name in given.names or BENCHMARKS:
        load = round(os.getloadavg()[0], 1)
        print(f"{name}: load {load} on {os.cpu_count()} cores", flush=True)
        found[name] = [replace(row, load=load) for row in import_module(f"benchmarks.{name}").run()]
    Console().print(table((row for rows in found.values() for row in rows), recorded()))
    if given.record:
        record(found)


def table(results: Iterable[Result], before: dict[str, Result]) -> Table:
    """Return a table of results, with what is recorded and the goals."""
    shown = Table("benchmark", "now", "recorded", "goal", "figures")
    for row in results:
        old = before.get(row.name)
        missed = row.goal is not None and row.value > row.goal
        shown.add_row(
            row.name,
            amount(row) + (" (goal missed)" if missed else ""),
            "" if old is None else amount(old),
            goal(row),
            row.figures,
        )
    return shown


if __name__ == "__main__":
    main()
