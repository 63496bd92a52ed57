"""Trouble of the monitor itself that a rule can be about, by name, in words for people."""

from types import MappingProxyType

FAULT_NAMES = MappingProxyType(
    {
        "clock-jump": "the computer's clock differs from the times of the session",
        "clock-offset": "the clock of a gateway differs from the clock here",
        "standstill": "nobody was judging for a while",
        "engine-failure": "the session is not judged any more",
        "duplicate-gateway": "two gateways have one id",
        "recorder-failure": "the recording cannot be written",
        "baseline-not-established": "there was too little to take a baseline from",
        "delivery-failure": "alarms or data cannot be delivered",
        "decode-errors": "a sensor sends what cannot be read",
        "unconfirmed-measurement": "a doubtful measurement waits to be settled",
        "unconfirmed-violation": "a doubtful measurement would violate a rule",
        "call-failure": "somebody on duty cannot be reached",
        "not-accepted": "nobody who was called has accepted an alarm",
    }
)
