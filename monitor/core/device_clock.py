"""Tells stored records from live measurements by the device's own time stamps. Pure.

Cuffs, thermometers and oximeters keep what nobody fetched and send it on the next connection.
Their clock tells local time without a zone, and is often wrong. So a stamp is held against what
the clock is known to say: at first the site's local time; a clock that is wrong is known by two
stamps that went on with the session's clock for two minutes, which no burst of records does.
Until then its values count as stored: shown, and not judged.
"""

import datetime

_AS_LIVE_S = 300.0
_SAME_CLOCK_S = 60.0
_KNOWN_AFTER_S = 120.0


class DeviceClock:
    """The clock of one device.

    Args:
        utc_offset_s: of the site's local time; None where it is not known, as in journals of
            old: then no stamp tells that a record is stored.
    """

    def __init__(self, utc_offset_s: int | None) -> None:
        self._utc_offset_s = utc_offset_s
        self._lag_s = 0.0
        self._other: tuple[float, float] | None = None  # a lag, and when it was first seen

    def stored(self, received_ns: int, device_time: str | None) -> bool:
        """Tell whether a measurement is a record of the past.

        Args:
            received_ns: when it came.
            device_time: the device's date and time as ISO text; None, or a time of day alone, never
                makes a record.

        >>> clock = DeviceClock(0)
        >>> clock.stored(1_700_000_000 * 10**9, "2023-11-14T22:13:20")
        False
        >>> clock.stored(1_700_000_000 * 10**9, "2023-11-14T20:13:20")
        True
        """
        if self._utc_offset_s is None or device_time is None or "T" not in device_time:
            return False
        zone = datetime.timezone(datetime.timedelta(seconds=self._utc_offset_s))
        received_s = received_ns / 1e9
        lag_s = (
            received_s
            - datetime.datetime.fromisoformat(device_time).replace(tzinfo=zone).timestamp()
        )
        if abs(lag_s - self._lag_s) <= _AS_LIVE_S:
            self._other = None
            return False
        other = self._other
        if other is None or abs(lag_s - other[0]) > _SAME_CLOCK_S:
            self._other = lag_s, received_s
            return True
        if received_s - other[1] < _KNOWN_AFTER_S:
            return True
        self._lag_s, self._other = lag_s, None
        return False
