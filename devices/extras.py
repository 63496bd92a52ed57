"""Everything that a sensor offers in addition to its vital signal.

None of it may cost the vital signal: it is tried after the vital signal is subscribed, one at a
time and with a time limit, and what fails is described in words and tried again later.
"""

import asyncio
from collections.abc import Callable, Collection

from bleak import BleakClient

from devices.errors import LinkError
from devices.extra import (
    UPDATES_OF,
    Extra,
    NotOfferedError,
    Reading,
    Receiver,
    StreamStart,
    Subscription,
)
from devices.link_errors import BLUETOOTH_ERRORS
from devices.sensor_kinds import SensorKind

_ATTEMPT_S = 10.0
# Time until the next attempt after a first failure. One that may have cost the connection, and with
# it values of the vital signal, is repeated less often.
_REFUSED_AGAIN_S = 60.0
_HARMFUL_AGAIN_S = 300.0
# While a request has no response, the sensor gets no other one. Source: Core 5.2, Vol 3, Part F,
# 3.3.3.
_ATT_TIMEOUT_S = 30.0
# A lost connection is reported after the error that it causes.
_SETTLE_S = 1.0


class Extras:
    """The extras of one sensor, over all its connections."""

    def __init__(self, kind: SensorKind) -> None:
        self._may_leave = kind.connects_per_reading
        self._streams = [StreamStart(stream) for stream in kind.streams]
        self._extras: list[Extra] = [
            *(
                Subscription(uuid, also_read=uuid in kind.read_once)
                for uuid in (*kind.subscribe, *kind.subscribe_optional)
            ),
            *self._streams,
            *map(Reading, kind.read_once),
        ]
        self._attempted: Extra | None = None

    def stop_commands(self) -> list[tuple[str, bytes]]:
        """Return the commands that stop running streams, with their characteristics; only once."""
        running = [each.stream for each in self._streams if each.started]
        for each in self._streams:
            each.started = False
        return [(stream.commands, stream.stop) for stream in running]

    def missing(self) -> str:
        """Return what is missing and why; empty if nothing is.

        Such as ``no battery level, serial number: reading was refused (0x02 read not permitted)``.
        """
        failing = {each.name: each.problem for each in self._extras if each.problem}
        names: dict[str, list[str]] = {}
        for name, problem in failing.items():
            if name.removeprefix(UPDATES_OF) == name or name[len(UPDATES_OF) :] not in failing:
                names.setdefault(problem, []).append(name)
        return "; ".join(f"no {', '.join(each)}: {problem}" for problem, each in names.items())

    def connection_lost(self) -> None:
        """Blame the extra that is being attempted for the end of the connection, if there is one.

        Must be called before `run` is cancelled.
        """
        extra = self._attempted
        if extra is not None and not self._may_leave:
            now_s = asyncio.get_running_loop().time()
            extra.fail(f"the connection broke during its {extra.verb}", now_s, _HARMFUL_AGAIN_S)

    async def run(
        self,
        client: BleakClient,
        receiver: Receiver,
        subscribed: Collection[str],
        changed: Callable[[], None],
    ) -> None:
        """Try all extras of a new connection; repeat those that fail until they work.

        Args:
            client: the connected sensor.
            receiver: records what the extras send.
            subscribed: characteristics that are already subscribed to.
            changed: called when `missing` may have changed.
        """
        time_s = asyncio.get_running_loop().time
        for stream in self._streams:
            stream.connected()
        pending = [each for each in self._extras if each.uuid not in subscribed]
        while pending:
            responds_s = 0.0
            for extra in [each for each in pending if each.due_s <= time_s()]:
                try:
                    finished = await self._attempt(extra, client, receiver)
                except TimeoutError:
                    responds_s = time_s() + _ATT_TIMEOUT_S
                    break
                if finished:
                    pending.remove(extra)
            changed()
            due_s = min((each.due_s for each in pending), default=0.0)
            await asyncio.sleep(max(due_s, responds_s) - time_s())

    async def _attempt(self, extra: Extra, client: BleakClient, receiver: Receiver) -> bool:
        """Return whether an extra needs no further attempt on this connection.

        Raises:
            TimeoutError: the sensor did not respond, and cannot be asked for anything else yet.
        """
        time_s = asyncio.get_running_loop().time
        self._attempted = extra
        try:
            async with asyncio.timeout(_ATTEMPT_S):
                await extra.attempt(client, receiver)
        except NotOfferedError as error:
            extra.problem = str(error)
        except TimeoutError as error:
            extra.fail(extra.why(error), time_s(), _HARMFUL_AGAIN_S)
            raise
        except (LinkError, *BLUETOOTH_ERRORS) as error:
            await asyncio.sleep(_SETTLE_S)  # cancelled if the lost connection was the cause
            extra.fail(extra.why(error), time_s(), _REFUSED_AGAIN_S)
            return False
        else:
            extra.succeed()
        finally:
            self._attempted = None
        return True
