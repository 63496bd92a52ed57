"""Carries out the steps against an adapter that does not recover."""

import asyncio
import logging

from devices.adapter_recovery import Activity, Recovery, Step, is_lasting
from devices.adapters import Adapter
from devices.link_faults import LinkFault
from devices.radio import Radio

log = logging.getLogger(__name__)


async def recover(
    radio: Radio, adapter: Adapter, activity: Activity, fault: LinkFault
) -> LinkFault:
    """Take the step that is due against a fault; return the fault with the remedy for now.

    A step never ends a connection that any program uses.
    """
    if not is_lasting(fault):
        return fault
    now_s = asyncio.get_running_loop().time()
    recovery = adapter.recovery.setdefault((activity, fault), Recovery())
    step = recovery.failed(now_s)
    if step is not None and adapter.name is not None:
        await _take(step, radio, adapter.name)
    return recovery.describe(fault, now_s)


async def _take(step: Step, radio: Radio, adapter: str) -> None:
    service = radio.service
    connected = [
        device
        for device in await service.devices()
        if device.adapter == adapter and device.connected
    ]
    stale = [
        device
        for device in connected
        if device.found.kind and not device.in_use and device.found.address not in radio.claimed
    ]
    match step:
        case Step.RESTART_SCAN:
            await service.restart_scan(adapter)
        case Step.DISCONNECT_STALE:
            for device in stale:
                await service.disconnect(device.path)
        case Step.POWER_CYCLE:
            if not radio.may_power_cycle or len(stale) < len(connected):
                return
            await service.power_cycle(adapter)
    log.warning("%s: %s", adapter, step.value)
