"""Run a task on many journals on a Dask cluster (extra `cluster`).

Workers open the journals by path: the folder must have the same path on all computers, and
physiomon must be installed there in the same version. Dask runs any code that it receives, so a
scheduler on another computer is only asked over TLS, unless the network is trusted.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alerts.loopback import loopback
from monitor.cohorts.result import Outcome, Task
from monitor.cohorts.work import outcome_by_version
from monitor.errors import ConfigError, OutputError
from monitor.extras import load_extra
from monitor.version import VERSION

_CONNECT_S = 10
_LOOK_S = 1.0  # how often the state of the cluster is looked at while nothing is finished
_ALONE_S = 30.0  # without any worker, before the rest is given up
_PROTOCOLS = ("tcp", "tls", "ucx", "ws", "wss")


def outcomes_on_cluster(
    task: Task, paths: Sequence[Path], *, address: str, plain_text: bool = False
) -> Iterator[Outcome]:
    """Yield the outcome of each journal as soon as it is known.

    The journals of a lost worker are analysed by others. If all workers or the scheduler are lost,
    what is not finished is missing in the result.

    Raises:
        ConfigError: the address is not valid, or of another computer and without encryption.
        OutputError: the scheduler does not answer, or has no workers.
    """
    distributed = load_extra("distributed", "cluster")
    # It logs a traceback for each lost connection; the outcomes name what is lost.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    _check(address, plain_text=plain_text)
    try:
        client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise OutputError(
            f"no Dask scheduler answers at {address} ({type(error).__name__}); start "
            "'dask scheduler' there, or check the address"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_S)
        except TimeoutError:
            raise OutputError(
                f"the Dask scheduler at {address} has no workers; start 'dask worker {address}'"
            ) from None
        # Not pure: equal tasks of another run may have read other content of the same file.
        futures = {
            client.submit(outcome_by_version, task, str(path), VERSION, pure=False): path
            for path in paths
        }
        yield from _finished(client, futures)


def _finished(client: Any, futures: dict[Any, Path]) -> Iterator[Outcome]:
    without_worker_s = 0.0
    while futures:
        known = False
        for future in [each for each in futures if each.done()]:
            outcome = _outcome(client, future, futures[future])
            if outcome is not None:
                known = True
                del futures[future]
                yield outcome
        if known:
            continue
        time.sleep(_LOOK_S / 10)
        without_worker_s = 0.0 if _has_workers(client) else without_worker_s + _LOOK_S / 10
        if without_worker_s > _ALONE_S:
            for path in futures.values():
                yield Outcome(path, None, f"{path}: all workers of the cluster are lost")
            return


def _has_workers(client: Any) -> bool:
    return client.status == "running" and bool(client.scheduler_info(n_workers=-1)["workers"])


def _outcome(client: Any, future: Any, path: Path) -> Outcome | None:
    """Return the outcome of a finished future; Dask gives up on a task that kills its workers.

    None: the result was lost with its worker before it was read, and is computed once more.
    """
    if future.status == "finished":
        with suppress(TimeoutError):
            outcome: Outcome = future.result(timeout=_ALONE_S)
            return outcome
        return None
    if future.status == "error":
        error = future.exception()
        return Outcome(path, None, f"{path}: lost by the cluster ({type(error).__name__})")
    if future.status != "cancelled" and client.status == "running":
        return None
    return Outcome(path, None, f"{path}: the connection to the cluster was lost")


def _check(address: str, *, plain_text: bool) -> None:
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.scheme not in _PROTOCOLS or not parts.hostname:
        raise ConfigError(
            f"'{address}' is not an address of a Dask scheduler; write tls://host:8786"
        )
    if parts.scheme in ("tls", "wss") or plain_text or loopback(parts.hostname):
        return
    raise ConfigError(
        f"{address} is another computer without encryption: anyone who can reach it can read the "
        "results and run programs there; use tls://, or --plain-text in a trusted network"
    )
