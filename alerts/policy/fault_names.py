"""Faults of the monitor that a rule can be about, by name, with their descriptions."""

from types import MappingProxyType

FAULT_NAMES = MappingProxyType(
    {
        "clock-jump": "the computer's clock differs from the times of the session",
        "clock-offset": "the clock of a gateway differs from the clock here",
        "standstill": "monitoring was interrupted",
        "engine-failure": "an internal fault has stopped monitoring of the session",
        "duplicate-gateway": "two gateways have the same id",
        "gateway-refused": "a gateway sends data that its sensors cannot send",
        "recorder-failure": "the recording cannot be written",
        "baseline-not-established": "there were too few values for a baseline",
        "delivery-failure": "alarms or data cannot be delivered",
        "decode-errors": "a sensor sends data that cannot be read",
        "unconfirmed-measurement": "a doubtful measurement is not decided yet",
        "unconfirmed-violation": "a doubtful measurement would violate a rule",
        "call-failure": "a person on duty cannot be reached",
        "accounts-unreadable": "the accounts of the console cannot be read",
        "nobody-on-duty": "nobody of the first tier of calls is on duty",
        "duty-ending": "nobody of the first tier of calls will soon be on duty",
        "not-accepted": "nobody who was called has accepted an alarm",
    }
)
