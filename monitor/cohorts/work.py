"""Run a task on one journal, wherever that is: in this process, in a worker or on a cluster."""

from pathlib import Path

from devices.errors import PhysiomonError
from monitor.cohorts.result import Outcome, Progress, Task, without_progress
from monitor.cycle_collection import paused_collection
from monitor.version import VERSION


@paused_collection()
def outcome_of(task: Task, path: Path, progress: Progress = without_progress) -> Outcome:
    """Return the result of a journal, or the reason why there is none; raise nothing."""
    try:
        return Outcome(path, task(path, progress))
    except PhysiomonError as error:
        return Outcome(path, None, str(error))
    except Exception as error:  # noqa: BLE001 - one journal never costs the results of the others
        return Outcome(
            path,
            None,
            f"{path} cannot be analysed ({type(error).__name__}: {error}); please report this with "
            "the version of physiomon",
        )


def outcome_by_version(task: Task, path: str, version: str) -> Outcome:
    """Return `outcome_of` a journal on another computer, if its physiomon has the same version."""
    if version != VERSION:
        return Outcome(
            Path(path),
            None,
            f"{path}: a worker runs physiomon {VERSION} instead of {version}; install the same "
            "version everywhere",
        )
    return outcome_of(task, Path(path))
