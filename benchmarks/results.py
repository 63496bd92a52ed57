"""Results of benchmarks, as recorded in results.json and as the table of docs/benchmarks.md."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RECORDED = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
TIMES = "times"
_TABLE = "<!-- table of results -->\n"  # before and after the table in the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One figure of a benchmark; lower is better.

    Attributes:
        name: of the benchmark, and of the figure if it has several: ``latency p99``.
        measured: what was measured, as Markdown for the page.
        alternative: what it was compared with in the same run; empty without one.
        value: in `unit`.
        unit: ``times`` the alternative's cost, or a unit such as ``ms``.
        goal: highest value to accept; None without a goal.
        figures: numbers behind the value, such as "565 us against 171 us".
        load: of the machine before the benchmark, which `main` adds; None if unknown.
    """

    name: str
    measured: str
    alternative: str = ""
    value: float
    unit: str = TIMES
    goal: float | None = None
    figures: str = ""
    load: float | None = None


def ratio(ours: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the ratios of interleaved rounds."""
    return statistics.median(mine / other for mine, other in zip(ours, others, strict=True))


def recorded() -> dict[str, Result]:
    """Return the recorded results by name."""
    return {row["name"]: Result(**row) for row in json.loads(RECORDED.read_text("utf-8"))}


def record(benchmarks: Mapping[str, Iterable[Result]]) -> None:
    """Replace all recorded results of some benchmarks, and the table of the page."""
    kept = [row for row in recorded().values() if row.name.split()[0] not in benchmarks]
    rows = [asdict(row) for row in (*kept, *(row for new in benchmarks.values() for row in new))]
    rows.sort(key=lambda row: row["name"].split()[0])
    RECORDED.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(page(PAGE.read_text("utf-8"), recorded().values()), "utf-8")


def page(text: str, results: Iterable[Result]) -> str:
    """Return the text of the page with a table of some results."""
    before, _, after = text.split(_TABLE)
    rows = "".join(
        f"| **{row.name}**: {row.measured} | {row.alternative} | {amount(row)} | {goal(row)} "
        f"| {row.figures} | {'' if row.load is None else f'{row.load:.1f}'} |\n"
        for row in results
    )
    head = (
        "| benchmark | alternative | result | goal | figures | load |\n|---|---|---|---|---|---|\n"
    )
    return f"{before}{_TABLE}{head}{rows}{_TABLE}{after}"


def amount(row: Result) -> str:
    """Return a result's value with its unit."""
    return f"{row.value:.3g} {row.unit}"


def goal(row: Result) -> str:
    """Return a result's goal; empty without one."""
    return "" if row.goal is None else f"at most {row.goal:g}"
