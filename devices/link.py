"""The connection to one sensor: find, connect, subscribe and reconnect until cancelled."""

import asyncio
import random
from contextlib import suppress
from typing import NoReturn

from bleak import BleakClient

from devices import gatt_client
from devices.adapter_choice import AdapterChoice
from devices.adapter_memory import ATTEMPTS
from devices.adapter_recovery import Activity
from devices.adapters import Adapter
from devices.decoders import KINDS
from devices.discovery import Search
from devices.errors import AdapterError, LinkError
from devices.extras import Extras
from devices.identity import AlikeError, Identity
from devices.link_errors import BLUETOOTH_ERRORS, diagnose, refine
from devices.link_faults import (
    IN_USE,
    NO_RESPONSE,
    NO_RESPONSE_CROWDED,
    NO_RESPONSE_PAIRED,
    NO_SERVICE,
    NO_SUBSCRIPTION,
    SERVICE_UNRESPONSIVE,
    SERVICES_CHANGED,
    FaultSource,
    LinkFault,
    may_be_adapter,
)
from devices.radio import LinkState, Radio, Sink
from devices.recovery_steps import recover
from devices.scanner import UNKNOWN_RSSI, ScanResult
from devices.sensor import SensorSpec
from devices.sensor_connection import (
    MissingError,
    SensorConnection,
    SubscriptionTimeoutError,
    sensor_name,
)

_SEARCH_S = 20.0
_ALIKE_S = 3.0  # several advertisements of a second sensor that sends one per second
# What an unreliable adapter hears, a better one usually hears as well.
_HEARD_BY_BETTER_S = 5.0
# Limits how long a sensor that does not respond occupies the adapter: another one that returns
# meanwhile is heard within a second and connected within ten.
_CONNECT_S = 8.0
_CONNECT_AGAIN_S = 6.0
_PREPARE_S = 15.0
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 5.0
_STABLE_S = 30.0


class SensorLink:
    """Keeps one sensor connected and passes everything it sends to a sink."""

    def __init__(
        self, spec: SensorSpec, sink: Sink, radio: Radio, search: Search, rng: random.Random
    ) -> None:
        self._spec = spec
        self._kind = KINDS[spec.kind]
        self._sensor_name = sensor_name(spec)
        self._sink = sink
        self._extras = Extras(self._kind)
        self._radio = radio
        self._search = search
        self._rng = rng
        self._reported: tuple[LinkState, str] | None = None
        self._rssi: int | None = None
        self._adapter = AdapterChoice(radio.adapters, spec.adapter)
        self._identity = Identity(spec)
        self._failed = False
        self._may_unpair = not (spec.bond or self._kind.connects_per_reading)

    async def run(self) -> NoReturn:
        """Keep the sensor connected until cancelled; no failure of the radio ends it."""
        loop = asyncio.get_running_loop()
        wait_s = _FIRST_WAIT_S
        try:
            while True:
                adapter, moved = self._adapter.switch(loop.time())
                if moved is not None:
                    self._report(LinkState.SEARCHING, f"{self._sensor_name} {moved}.")
                began_s = loop.time()
                try:
                    found = await self._find(adapter)
                    self._adapter.not_heard = found is None
                    if found is None:
                        continue  # search again at once: searches of all links share the adapter
                    self._rssi = None if found.rssi == UNKNOWN_RSSI else found.rssi
                    adapter = self._adapter.current or adapter
                    with self._search.claimed(found):
                        await self._run_connection(found, adapter)
                except AlikeError as error:
                    self._report(LinkState.FAILED, f"{self._sensor_name} is not used: {error}.")
                except AdapterError as error:
                    self._report(
                        LinkState.SEARCHING, f"{self._sensor_name} cannot be reached: {error}."
                    )
                    if adapter is not self._adapter.best(loop.time()):
                        continue
                except LinkError as error:
                    self._failed = True
                    self._report(
                        LinkState.FAILED,
                        f"{self._sensor_name} cannot be reached: {error}.",
                        again=True,
                    )
                if loop.time() - began_s > _SEARCH_S + _STABLE_S:
                    wait_s = _FIRST_WAIT_S
                await asyncio.sleep(wait_s * self._rng.uniform(0.5, 1.0))
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        finally:
            self._adapter.use(None)

    async def _find(self, adapter: Adapter) -> ScanResult | None:
        """Return the sensor if it is connected already or heard; else report that it is not."""
        certain, matches = self._identity.is_certain, self._identity.matches
        connected = await self._search.find_connected(matches, certain=certain)
        if not self._radio.service.responds:
            raise AdapterError(SERVICE_UNRESPONSIVE.message)
        # What another program uses may be the sensor of another session, unless its address is
        # the configured one.
        if connected is not None and (certain or not connected.in_use):
            self._adapter.use(self._radio.adapters.get(connected.adapter))
            return connected.found
        found = await self._search.find(matches, _SEARCH_S, adapter, failed=self._failed)
        if found is not None and not certain:
            await self._refuse_alike(found, adapter)
        if found is None and connected is not None:
            self._report(
                LinkState.SEARCHING, f"{self._sensor_name} cannot be reached: {IN_USE.message}."
            )
        elif found is None:
            self._report_not_found()
        elif (better := self._adapter.better(asyncio.get_running_loop().time())) is not None:
            heard = await self._search.find(matches, _HEARD_BY_BETTER_S, better)
            if heard is not None:
                self._adapter.use(better)
                return heard
        return found

    async def _refuse_alike(self, found: ScanResult, adapter: Adapter) -> None:
        """Listen for a second device that matches.

        Raises:
            AlikeError: there is one.
        """

        def is_another(each: ScanResult) -> bool:
            return each.address != found.address and self._identity.matches(each)

        if await self._search.find(is_another, _ALIKE_S, adapter, failed=self._failed):
            raise AlikeError

    def _report_not_found(self) -> None:
        why = self._identity.not_found()
        if why:
            self._report(LinkState.SEARCHING, f"{self._sensor_name} is not found: {why}.")
        elif self._kind.connects_per_reading:
            self._report(
                LinkState.WAITING,
                f"{self._sensor_name} is waiting for its next measurement: it connects only "
                "after one.",
            )
        else:
            self._report(
                LinkState.SEARCHING,
                f"{self._sensor_name} is not found: check that it is on, worn and near, and not "
                "connected to a phone. Still searching.",
            )

    def _end_state(self, reason: str) -> tuple[LinkState, str]:
        if self._kind.connects_per_reading:
            return (
                LinkState.WAITING,
                f"{self._sensor_name} has disconnected until its next measurement.",
            )
        return LinkState.LOST, reason

    async def _run_connection(self, found: ScanResult, adapter: Adapter) -> None:
        """Connect and stay connected; report why the connection ended.

        Raises:
            LinkError: connecting or subscribing failed.
            AdapterError: the adapter failed, independent of the sensor.
        """
        lost, time_s = asyncio.Event(), asyncio.get_running_loop().time
        patience_s = _CONNECT_AGAIN_S if self._failed else _CONNECT_S
        if self._spec.bond and not self._failed:
            patience_s = gatt_client.PAIR_S
        client = BleakClient(
            found.device,
            lambda _client: lost.set(),
            timeout=patience_s,
            pair=self._spec.bond,
            bluez=adapter.options,
            backend=self._radio.client,
        )
        await self._radio.service.expect_pairing(found.address)
        try:
            try:
                async with (
                    adapter.queue.slot(failed=self._failed),
                    asyncio.timeout(patience_s),
                ):
                    await client.connect()
                async with asyncio.timeout(_PREPARE_S + gatt_client.PAIR_S):
                    connection = await self._prepare(client, found)
            except BLUETOOTH_ERRORS as error:
                await self._raise_link_error(client, adapter, error)
            self._failed = False
            self._identity.connected(found)
            began_s = time_s()
            self._adapter.worked(adapter, began_s)
            adapter.worked(Activity.CONNECT)
            with self._radio.service.on_stop(lost.set):
                reason = await connection.run(lost)
            if self._radio.service.running is False:
                reason = f"{self._sensor_name} was disconnected: {NO_SERVICE.message}."
            if not self._kind.connects_per_reading:
                self._adapter.memory.ended(adapter.name, time_s(), time_s() - began_s)
            self._report(*self._end_state(reason))  # before a service that hangs delays it
        finally:
            await gatt_client.disconnect(client, self._extras.stop_commands())

    async def _raise_link_error(
        self, client: BleakClient, adapter: Adapter, error: BaseException
    ) -> NoReturn:
        """Raise the error for a failed attempt, after clearing what the fault made invalid."""
        service, now_s = self._radio.service, asyncio.get_running_loop().time()
        fault = refine(diagnose(error), running=service.running, blocked=service.blocked())
        if isinstance(error, TimeoutError) and fault is NO_RESPONSE:
            fault = await self._explain_timeout(client, adapter, error)
        if may_be_adapter(fault):
            # An adapter without a free connection looks like a sensor that does not respond.
            full = fault is NO_RESPONSE_CROWDED and not self._failed
            self._adapter.memory.failed(adapter.name, now_s, ATTEMPTS if full else 1)
        fault = await recover(self._radio, adapter, Activity.CONNECT, fault)
        if fault.source is FaultSource.GATT:
            await self._clear_cached_services(client)
        if fault.source in (FaultSource.ADAPTER, FaultSource.FULL, FaultSource.SYSTEM):
            adapter.mark_failed(fault.source, now_s)
            raise AdapterError(fault.message) from error
        raise LinkError(fault.message) from error

    async def _explain_timeout(
        self, client: BleakClient, adapter: Adapter, error: TimeoutError
    ) -> LinkFault:
        """Return the likely fault of a sensor that does not respond.

        BlueZ answers a full adapter and a lost bond alike, and bleak waits until the timeout.
        """
        devices = await self._radio.service.devices()
        if any(each.paired and each.found.address == client.address for each in devices):
            return NO_RESPONSE_PAIRED
        if isinstance(error, SubscriptionTimeoutError):
            return NO_SUBSCRIPTION
        return NO_RESPONSE_CROWDED if adapter.links > 1 else NO_RESPONSE

    async def _clear_cached_services(self, client: BleakClient) -> None:
        """Remove a sensor from the system, which discovers its services again.

        Only once, and never for a sensor that may be bonded: its bond would be lost too.
        """
        if not self._may_unpair:
            return
        self._may_unpair = False
        with suppress(NotImplementedError, *BLUETOOTH_ERRORS):
            async with asyncio.timeout(gatt_client.DISCONNECT_S):
                await client.unpair()

    async def _prepare(self, client: BleakClient, found: ScanResult) -> SensorConnection:
        connection = SensorConnection(
            client, self._spec, self._sink, self._extras, self._report, self._rng
        )
        try:
            await connection.subscribe()
        except MissingError:
            if found.kind is not self._kind or not self._may_unpair:
                raise
            await self._clear_cached_services(client)
            raise LinkError(SERVICES_CHANGED.message) from None
        finally:
            self._may_unpair &= not connection.paired
        return connection

    def _report(self, state: LinkState, reason: str, *, again: bool = False) -> None:
        if state is LinkState.SILENT and not self._radio.service.responds:
            reason = f"{self._sensor_name} sends no data: {SERVICE_UNRESPONSIVE.message}."
        if again or self._reported != (state, reason):
            self._reported = (state, reason)
            self._sink.link(self._spec.label, state, reason, self._rssi)
