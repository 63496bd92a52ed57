"""Analysis of several journals, as the commands on recordings share it."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from dashboards.console.formatting import count
from monitor.cohorts.result import Cohort, Outcome, Task
from monitor.cohorts.run import run_cohort
from monitor.commands.output import print_error
from monitor.commands.progress import progress
from monitor.errors import JournalError

INTERRUPTED: Final = 130  # 128 and the number of SIGINT, as a shell reports it


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortOptions:
    """Place where a cohort is analysed.

    Attributes:
        jobs: number of processes; None: one for each core.
        cluster: address of a Dask scheduler, or None.
        plain_text: a cluster on other computers may be asked without encryption.
        results: folder that keeps the results, or None.
    """

    jobs: int | None = None
    cluster: str | None = None
    plain_text: bool = False
    results: Path | None = None


def analyse(task: Task, paths: Sequence[Path], options: CohortOptions) -> Cohort:
    """Run a task on journals, with progress bars.

    Raises:
        JournalError: there is one journal, and it cannot be used.
        PhysiomonError: the folder of results or the cluster cannot be used.
    """
    elsewhere: Callable[[Task, Sequence[Path]], Iterator[Outcome]] | None = None
    if options.cluster is not None:
        from monitor.cohorts.dask_cluster import outcomes_on_cluster  # noqa: PLC0415 - an extra

        elsewhere = partial(
            outcomes_on_cluster, address=options.cluster, plain_text=options.plain_text
        )
    store = None
    if options.results is not None:
        from monitor.cohorts.result_folder import ResultFolder  # noqa: PLC0415 - an extra

        store = ResultFolder(options.results, task)
    with progress() as bars:
        several = len(paths) > 1
        cohort = run_cohort(
            task,
            paths,
            jobs=options.jobs,
            elsewhere=elsewhere,
            store=store,
            progress=bars,
            **(
                {"count": bars.counter(len(paths), count(len(paths), "session"))} if several else {}
            ),
        )
    if store is not None:
        store.finish(cohort)
    if len(paths) == 1 and cohort.missing and not cohort.interrupted:
        raise JournalError(next(iter(cohort.missing.values())))
    return cohort


def missing(cohort: Cohort) -> list[dict[str, str]]:
    """Return the journals without a result, for JSON."""
    return [{"journal": str(path), "reason": reason} for path, reason in cohort.missing.items()]


def exit_if_incomplete(cohort: Cohort, results: Path | None) -> None:
    """Print what is missing on standard error and exit with a status, unless nothing is."""
    if not cohort.missing and not cohort.interrupted:
        return
    for reason in cohort.missing.values() if not cohort.interrupted else ():
        print_error(reason)
    total = len(cohort.results) + len(cohort.missing)
    again = (
        "run the same command again to continue"
        if results is not None
        else "with --results FOLDER, the same command continues where it stopped"
    )
    what = "interrupted: " if cohort.interrupted else ""
    print_error(
        f"{what}{len(cohort.results)} of {count(total, 'session')} analysed"
        f"{f', the others are not in the result; {again}' if cohort.missing else ''}"
    )
    sys.exit(INTERRUPTED if cohort.interrupted else 1)
