"""Background tasks of a running session: journal writes and syncs, clock and delivery checks."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

import structlog

from monitor.clock import SessionClock
from monitor.core.engine import Engine
from monitor.delivery.delivery_health import DeliveryHealth
from monitor.errors import RecordingError
from monitor.storage.recorder import Recorder

_BEAT_S = 1.0
_WRITE_EVERY_S = 0.25
_SYNC_EVERY_S = 1.0
_SYNC_WITHIN_S = 30.0  # a worn SD card may need some seconds
_LATE = (
    f"the disk has confirmed nothing for {_SYNC_WITHIN_S:g} s; if the power fails, what was "
    "recorded since then is lost"
)
_SIGN_EVERY_S = 60.0
_DELIVERIES_EVERY_S = 5.0

log = structlog.get_logger()


class FaultReport(Protocol):
    """Function that records the start or the end of a fault of the monitor itself."""

    def __call__(self, name: str, *, on: bool, reason: str) -> None:
        """Record the fault."""
        ...


async def derive_on_arrival(
    engine: Engine, clock: SessionClock, arrived: asyncio.Event, derive: Callable[[], None]
) -> None:
    """Call `derive` when an entry has arrived or a deadline of the engine is due."""
    while True:
        arrived.clear()
        derive()
        due_ns = engine.next_due_ns()
        wait_s = None if due_ns is None else max(0, due_ns - clock.now_ns()) / 1e9
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await arrived.wait()


async def show_life(beat: Callable[[], None], speed: float) -> None:
    """Call `beat` each second: other timers stand still while the machine sleeps."""
    while True:
        await asyncio.sleep(_BEAT_S * speed)
        beat()


async def sign_heads(sign: Callable[[], None], speed: float) -> None:
    """Sign the head of the journal once a minute."""
    while True:
        await asyncio.sleep(_SIGN_EVERY_S * speed)
        sign()


async def write_journal(recorder: Recorder, speed: float) -> None:
    """Write derived facts and pending entries four times per second."""
    while True:
        await asyncio.sleep(_WRITE_EVERY_S * speed)
        recorder.write()


class Disk(Protocol):
    """File on a disk."""

    def sync(self) -> None:
        """Flush it; blocks.

        Raises:
            RecordingError: the disk is full or broken.
        """
        ...


async def sync_journal(
    journal: Disk,
    report: FaultReport,
    speed: float,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> None:
    """Flush the journal to the disk once per second; report failure, delay and recovery."""
    failed = False

    def fail(reason: str) -> None:
        nonlocal failed
        if not failed:
            report("recorder-failure", on=True, reason=reason)
        failed = True

    while True:
        await asyncio.sleep(_SYNC_EVERY_S * speed)
        began_s = monotonic_s()
        syncing = asyncio.get_running_loop().run_in_executor(None, journal.sync)
        try:
            while not (await asyncio.wait({syncing}, timeout=_SYNC_EVERY_S * speed))[0]:
                if monotonic_s() - began_s > _SYNC_WITHIN_S:
                    fail(_LATE)
            await syncing
        except RecordingError as error:
            fail(str(error))
        else:
            if failed:
                report("recorder-failure", on=False, reason="")
            failed = False
        finally:
            syncing.cancel()  # the thread ends with its process; nobody reads its result


async def check_deliveries(health: DeliveryHealth) -> None:
    """Check for late deliveries every 5 s."""
    while True:
        await asyncio.sleep(_DELIVERIES_EVERY_S)
        health.check()


async def watch_wall_clock(
    session: str, clock: SessionClock, record: Callable[[Mapping[str, object]], None]
) -> None:
    """Record the computer clock's offset, as the body of an entry, each time the clock was set."""
    while True:
        await asyncio.sleep(1.0)
        if step_ns := clock.step_ns():
            log.warning("clock.set", session=session, step_s=step_ns / 1e9)
            record({"offset_ns": clock.offset_ns()})
