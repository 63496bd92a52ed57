"""`make bench`: all benchmarks, or the given ones."""

import sys

from benchmarks import (
    backfill,
    charts,
    console,
    engine,
    exports,
    journal,
    latency,
    lines,
    pages,
    windows,
)
from monitor.logs import start_logs

BENCHMARKS = {
    "backfill": backfill.run,
    "charts": charts.run,
    "console": console.run,
    "engine": engine.run,
    "exports": exports.run,
    "journal": journal.run,
    "latency": latency.run,
    "lines": lines.run,
    "pages": pages.run,
    "windows": windows.run,
}


def main() -> None:
    """Run the given benchmarks, or all."""
    start_logs()
    for name in sys.argv[1:] or BENCHMARKS:
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark '{name}'; there are {', '.join(BENCHMARKS)}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
